import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLNamedType,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  Kind,
  parse,
  type SelectionSetNode,
} from 'graphql';

const root = join(import.meta.dirname, '..', '..', '..');

/** Names of the schema's types by the path of an answer, such as `contentLog.events.bytes`, for each operation of the SDK. */
export type AnswerFields = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** The fields that the SDK asks for, read from the schema and from the operations that it sends. */
export function answerFields(): AnswerFields {
  const schema = buildSchema(readFileSync(join(root, 'schema.graphql'), 'utf8'));
  const folder = join(root, 'operations');
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  const { definitions } = parse(texts.join('\n'));
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of definitions) if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  const fields = new Map<string, ReadonlyMap<string, string>>();
  for (const node of definitions) {
    if (node.kind !== Kind.OPERATION_DEFINITION || node.name === undefined) continue;
    const found = new Map<string, string>();
    const walk = { schema, fragments, found };
    collect(walk, node.selectionSet, { type: schema.getRootType(node.operation) ?? undefined, path: '' });
    fields.set(node.name.value, found);
  }
  return fields;
}

interface Walk {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly found: Map<string, string>;
}

interface At {
  readonly type: GraphQLNamedType | undefined;
  readonly path: string;
}

function collect(walk: Walk, { selections }: SelectionSetNode, at: At): void {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      const name = selection.name.value;
      const path = at.path === '' ? name : `${at.path}.${name}`;
      const isComposite = isObjectType(at.type) || isInterfaceType(at.type);
      const type = isComposite && name !== '__typename' ? at.type.getFields()[name]?.type : undefined;
      const named = type === undefined ? undefined : getNamedType(type);
      walk.found.set(path, named?.name ?? 'String');
      if (selection.selectionSet !== undefined) collect(walk, selection.selectionSet, { type: named, path });
      continue;
    }
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? walk.fragments.get(selection.name.value) : selection;
    const condition = fragment?.typeCondition?.name.value;
    const type = condition === undefined ? at.type : walk.schema.getType(condition);
    if (fragment !== undefined) collect(walk, fragment.selectionSet, { type, path: at.path });
  }
}
