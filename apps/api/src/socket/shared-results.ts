import {
  createSourceEventStream,
  type DocumentNode,
  execute,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
} from 'graphql';

/**
 * Runs a subscription so that one event is turned into a result once per document, however many subscribers share the
 * event object. Sources yield the same object to all of them and decide rights before they yield.
 */
export class SharedResults {
  readonly #results = new WeakMap<object, Map<DocumentNode, Promise<ExecutionResult>>>();
  readonly #format: (error: GraphQLError) => GraphQLError;

  constructor(format: (error: GraphQLError) => GraphQLError) {
    this.#format = format;
  }

  async subscribe(args: ExecutionArgs): Promise<AsyncGenerator<ExecutionResult, void> | ExecutionResult> {
    const source = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in source)) return this.#formatted(source);
    return this.#resultsOf(source, args);
  }

  async *#resultsOf(source: AsyncIterable<unknown>, args: ExecutionArgs): AsyncGenerator<ExecutionResult, void> {
    for await (const event of source) yield await this.#resultOf(event, args);
  }

  #resultOf(event: unknown, args: ExecutionArgs): Promise<ExecutionResult> {
    if (typeof event !== 'object' || event === null) return this.#execute(event, args);
    const byDocument = this.#results.get(event) ?? new Map<DocumentNode, Promise<ExecutionResult>>();
    this.#results.set(event, byDocument);
    const known = byDocument.get(args.document);
    if (known) return known;
    const result = this.#execute(event, args);
    byDocument.set(args.document, result);
    return result;
  }

  async #execute(event: unknown, args: ExecutionArgs): Promise<ExecutionResult> {
    return this.#formatted(await execute({ ...args, rootValue: event }));
  }

  #formatted(result: ExecutionResult): ExecutionResult {
    return result.errors ? { ...result, errors: result.errors.map(this.#format) } : result;
  }
}
