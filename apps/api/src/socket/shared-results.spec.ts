import { describe, expect, it } from '@jest/globals';
import { RefusedError } from '@rogatory/kernel';
import { GraphQLInt, GraphQLObjectType, GraphQLSchema, parse } from 'graphql';
import { SharedResults } from './shared-results.js';

const count = { type: GraphQLInt, resolve: (event: { readonly n: number }) => event.n };

function setting(source: AsyncIterableIterator<object, undefined>) {
  const query = new GraphQLObjectType({ name: 'Query', fields: { n: { type: GraphQLInt } } });
  const fields = { count: { ...count, subscribe: () => source } };
  const subscription = new GraphQLObjectType({ name: 'Subscription', fields });
  const schema = new GraphQLSchema({ query, subscription });
  const results = new SharedResults({ format: (error) => error, refused: async () => undefined });
  return results.subscribe({ schema, document: parse('subscription { count }') });
}

/** A source that never yields and notes when it is ended. */
function silent() {
  let wake: (() => void) | undefined;
  const source = {
    isEnded: false,
    next: () =>
      new Promise<IteratorResult<object, undefined>>((resolve) => {
        wake = () => resolve({ value: undefined, done: true });
      }),
    return: async (): Promise<IteratorResult<object, undefined>> => {
      source.isEnded = true;
      wake?.();
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]() {
      return source;
    },
  };
  return source;
}

describe('results of a subscription', () => {
  it('end their source at once, also while nothing comes', async () => {
    const source = silent();
    const results = await setting(source);
    if (!('next' in results)) throw new Error('it did not begin');
    const waiting = results.next();
    await results.return();
    expect(source.isEnded).toBe(true);
    expect(await waiting).toEqual({ value: undefined, done: true });
  });

  it('tell why their source ended', async () => {
    async function* failing(): AsyncGenerator<object, undefined> {
      yield { n: 1 };
      throw new RefusedError('messages/resume', 'too slow');
    }
    const results = await setting(failing());
    if (!('next' in results)) throw new Error('it did not begin');
    expect((await results.next()).value).toEqual({ data: { count: 1 } });
    const last = (await results.next()).value;
    expect(last?.errors?.[0]?.originalError).toMatchObject({ code: 'messages/resume' });
    expect((await results.next()).done).toBe(true);
  });
});
