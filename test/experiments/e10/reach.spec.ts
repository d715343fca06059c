import { expect, it } from '@jest/globals';
import { notReached, reached } from './reach.js';
import { answerFields } from './schema-fields.js';

it('E10 lies about the answer to every operation of the SDK, or a reviewed reason says why not', () => {
  const known = [...answerFields().keys()].toSorted();
  expect([...reached, ...Object.keys(notReached)].toSorted()).toEqual(known);
  for (const [operation, why] of Object.entries(notReached))
    expect([operation, why.length > 20]).toEqual([operation, true]);
});
