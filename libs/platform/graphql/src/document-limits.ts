import { limits } from '@rogatory/kernel';
import {
  type ASTNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  visit,
} from 'graphql';

/** A document that keeps the limits, with the one root field that access is decided on. */
export interface BoundedDocument {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly rootField: string;
}

/**
 * Parses a document within the limits of `limits.ts`: tokens, depth, aliases, directives, fields; exactly one operation
 * with exactly one root field. The same function serves HTTP and WebSocket.
 * @throws GraphQLError with code `request/invalid` or `request/too-complex`, never quoting the document.
 */
export function parseBounded(text: string): BoundedDocument {
  const document = parseTokens(text);
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  const operation = operations[0];
  if (operations.length !== 1 || !operation) throw refused('request/invalid', 'one operation to a request');
  countNodes(document);
  const fragments = fragmentsOf(document);
  const cost = measure(operation.selectionSet, fragments, { depth: 1, path: new Set() });
  if (cost.fields > limits.maxQueryCost) throw refused('request/too-complex', 'query asks for too many fields');
  return { document, operation, rootField: onlyRootField(operation) };
}

function parseTokens(text: string): DocumentNode {
  try {
    return parse(text, { maxTokens: limits.maxQueryTokens, noLocation: true });
  } catch {
    throw refused('request/invalid', 'not a GraphQL document, or too long');
  }
}

function countNodes(document: DocumentNode): void {
  let aliases = 0;
  let directives = 0;
  const enter = (node: ASTNode): void => {
    if (node.kind === Kind.FIELD && node.alias) aliases++;
    if (node.kind === Kind.DIRECTIVE) directives++;
  };
  visit(document, { enter });
  if (aliases > limits.maxQueryAliases) throw refused('request/too-complex', 'too many aliases');
  if (directives > limits.maxQueryDirectives) throw refused('request/too-complex', 'too many directives');
}

function fragmentsOf(document: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
}

interface Walk {
  readonly depth: number;
  readonly path: ReadonlySet<string>;
}

/** Counts fields with fragments expanded, refusing depth and cycles before they cost anything. */
function measure(
  set: SelectionSetNode,
  fragments: Map<string, FragmentDefinitionNode>,
  walk: Walk,
): { fields: number } {
  if (walk.depth > limits.maxQueryDepth) throw refused('request/too-complex', 'query is too deep');
  let fields = 0;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      fields += 1;
      if (selection.selectionSet) {
        fields += measure(selection.selectionSet, fragments, { ...walk, depth: walk.depth + 1 }).fields;
      }
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      fields += measure(selection.selectionSet, fragments, walk).fields;
    } else {
      fields += measureSpread(selection.name.value, fragments, walk);
    }
    if (fields > limits.maxQueryCost) throw refused('request/too-complex', 'query asks for too many fields');
  }
  return { fields };
}

function measureSpread(name: string, fragments: Map<string, FragmentDefinitionNode>, walk: Walk): number {
  const fragment = fragments.get(name);
  if (!fragment || walk.path.has(name)) throw refused('request/invalid', 'unknown or circular fragment');
  return measure(fragment.selectionSet, fragments, { depth: walk.depth, path: new Set([...walk.path, name]) }).fields;
}

/** One root field to an operation: one act, one decision, one record. */
function onlyRootField(operation: OperationDefinitionNode): string {
  const fields = operation.selectionSet.selections.filter((node): node is FieldNode => node.kind === Kind.FIELD);
  const field = fields[0];
  if (!field || fields.length !== 1 || operation.selectionSet.selections.length !== 1) {
    throw refused('request/invalid', 'one root field to an operation');
  }
  return field.name.value;
}

function refused(code: 'request/invalid' | 'request/too-complex', message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}
