import { describe, expect, it } from '@jest/globals';
import { limits, RefusedError } from '@rogatory/kernel';
import { GraphQLInt, GraphQLObjectType, GraphQLSchema, parse } from 'graphql';
import { SharedResults } from './shared-results.js';

const count = { type: GraphQLInt, resolve: (event: { readonly n: number }) => event.n };

const clock = { now: 0, nowMs: () => clock.now, monotonicMs: () => clock.now };

function setting(source: AsyncIterableIterator<object, undefined>, view?: () => Promise<Record<string, unknown>>) {
  const query = new GraphQLObjectType({ name: 'Query', fields: { n: { type: GraphQLInt } } });
  const fields = { count: { ...count, subscribe: () => source } };
  const subscription = new GraphQLObjectType({ name: 'Subscription', fields });
  const schema = new GraphQLSchema({ query, subscription });
  const results = new SharedResults(
    { format: (error) => error, refused: async () => undefined, ...(view && { view }) },
    clock,
  );
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

  it('show the subscriber how the log goes on, with the first and then once a minute', async () => {
    async function* counting(): AsyncGenerator<object, undefined> {
      for (let n = 1; ; n++) yield { n };
    }
    let shown = 0;
    const results = await setting(counting(), async () => ({ size: ++shown }));
    if (!('next' in results)) throw new Error('it did not begin');
    const views: unknown[] = [];
    for (const step of [0, 0, limits.pushedViewMs - 1, 1, 0]) {
      clock.now += step;
      views.push((await results.next()).value?.extensions);
    }
    expect(views).toEqual([{ view: { size: 1 } }, undefined, undefined, { view: { size: 2 } }, undefined]);
    await results.return();
  });
});
