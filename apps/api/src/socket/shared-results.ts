import { type Clock, limits } from '@rogatory/kernel';
import type { GraphqlContext } from '@rogatory/platform-graphql';
import {
  createSourceEventStream,
  type DocumentNode,
  execute,
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
} from 'graphql';

/** What happens to errors of a subscription before they leave. */
export interface SubscriptionEdge {
  format(error: GraphQLError): GraphQLError;
  /** Resolves when the refusal is recorded. Fails closed. */
  refused(error: GraphQLError, context: GraphqlContext): Promise<void>;
  /** How the audit log goes on from the head that the subscriber stated; undefined where there is nothing to show. */
  view?(context: GraphqlContext): Promise<Record<string, unknown> | undefined>;
}

/**
 * Runs a subscription so that one event is turned into a result once per document, however many subscribers share the
 * event object. Sources yield the same object to all of them and decide rights before they yield.
 */
export class SharedResults {
  readonly #results = new WeakMap<object, Map<DocumentNode, Promise<ExecutionResult>>>();
  readonly #edge: SubscriptionEdge;
  readonly #clock: Clock;

  constructor(edge: SubscriptionEdge, clock: Clock) {
    this.#edge = edge;
    this.#clock = clock;
  }

  async subscribe(args: ExecutionArgs): Promise<AsyncGenerator<ExecutionResult, void> | ExecutionResult> {
    const source = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in source)) return this.#refused(source, args);
    const events = source[Symbol.asyncIterator]();
    return endingAtOnce(this.#resultsOf({ [Symbol.asyncIterator]: () => events }, args), events);
  }

  async *#resultsOf(source: AsyncIterable<unknown>, args: ExecutionArgs): AsyncGenerator<ExecutionResult, void> {
    let viewDueMs = Number.NEGATIVE_INFINITY;
    try {
      for await (const event of source) {
        const result = await this.#resultOf(event, args);
        const nowMs = this.#clock.monotonicMs();
        if (nowMs < viewDueMs) {
          yield result;
          continue;
        }
        viewDueMs = nowMs + limits.pushedViewMs;
        yield await this.#withView(result, args);
      }
    } catch (error) {
      // Left to the library, the subscriber would get a bare text without the code that says why it was cut off.
      yield this.#formatted({ errors: [error instanceof GraphQLError ? error : ended(error)] });
    }
  }

  /** The result itself is shared by all; what one of them stated is not. */
  async #withView(result: ExecutionResult, { contextValue }: ExecutionArgs): Promise<ExecutionResult> {
    const view = await this.#edge.view?.(contextValue as GraphqlContext);
    return view === undefined ? result : { ...result, extensions: { ...result.extensions, view } };
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

  /** A subscription that did not begin: its refusal is recorded before it is told. */
  async #refused(result: ExecutionResult, args: ExecutionArgs): Promise<ExecutionResult> {
    for (const error of result.errors ?? []) await this.#edge.refused(error, args.contextValue as GraphqlContext);
    return this.#formatted(result);
  }

  #formatted(result: ExecutionResult): ExecutionResult {
    return result.errors ? { ...result, errors: result.errors.map((error) => this.#edge.format(error)) } : result;
  }
}

function ended(thrown: unknown): GraphQLError {
  const originalError = thrown instanceof Error ? thrown : new Error('not an error', { cause: thrown });
  return new GraphQLError('the subscription ended', { originalError });
}

/**
 * A generator that waits for its next event cannot be ended: `return` would wait as well, and a subscriber who is gone
 * would count as a recipient of what comes next. So the source is ended first, which ends the wait.
 */
function endingAtOnce<Result>(
  results: AsyncGenerator<Result, void>,
  source: AsyncIterator<unknown>,
): AsyncGenerator<Result, void> {
  const finish = results.return.bind(results);
  results.return = async (value) => {
    await source.return?.();
    return finish(value);
  };
  return results;
}
