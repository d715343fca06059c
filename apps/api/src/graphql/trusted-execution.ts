import type { BoundedDocument, GraphqlContext } from '@rogatory/platform-graphql';
import { type DocumentNode, execute, type ExecutionResult, type GraphQLSchema, validate } from 'graphql';
import { type EdgeReports, extensionsOf, publicErrorsOf, recordErrors } from './edge.js';

/** An answer as it goes out: JSON. */
export interface GraphqlAnswer {
  readonly status: 200 | 400;
  readonly body: string;
}

/**
 * Runs documents of the list: each is parsed and validated once in the life of the process, and then executed by the
 * same schema, guards and resolvers as any other. Nothing of a request but its variables and its context varies.
 */
export class TrustedExecution {
  readonly #schema: () => GraphQLSchema;
  readonly #reports: EdgeReports;
  readonly #valid = new WeakSet<DocumentNode>();

  /** `schema` is asked at the first request. */
  constructor(schema: () => GraphQLSchema, reports: EdgeReports) {
    this.#schema = schema;
    this.#reports = reports;
  }

  /** @throws what recording a refusal throws: then nothing is told. */
  async answer(
    { document }: BoundedDocument,
    variableValues: Record<string, unknown>,
    contextValue: GraphqlContext,
  ): Promise<GraphqlAnswer> {
    const result = await this.#execute(document, variableValues, contextValue);
    const { errors, data } = result;
    if (errors !== undefined) await recordErrors(this.#reports, contextValue, errors);
    const extensions = await extensionsOf(this.#reports, contextValue);
    const told = {
      ...(errors === undefined ? {} : { errors: publicErrorsOf(contextValue, errors) }),
      ...(data === undefined ? {} : { data }),
      ...(extensions === undefined ? {} : { extensions }),
    };
    // Without data nothing ran: the variables did not fit.
    return { status: data === undefined ? 400 : 200, body: JSON.stringify(told) };
  }

  async #execute(
    document: DocumentNode,
    variableValues: Record<string, unknown>,
    contextValue: GraphqlContext,
  ): Promise<ExecutionResult> {
    const schema = this.#schema();
    if (!this.#valid.has(document)) {
      const errors = validate(schema, document);
      if (errors.length > 0) return { errors };
      this.#valid.add(document);
    }
    return execute({ schema, document, contextValue, variableValues });
  }
}
