import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { type AuthorityId, type ObjectId, type PostId, toHex } from '@rogatory/kernel';
import { encodeTaskFacts, taskActions, type TaskFacts, taskStates } from '@rogatory/protocol';

const id = <Id extends string>(pair: string): Id => pair.repeat(16) as Id;

it('the worked example of the specification is what the code writes', () => {
  const proposal: TaskFacts = {
    ...{ action: taskActions.propose, state: taskStates.proposed, previousHash: new Uint8Array(32), owner: 'FR' },
    assignee: { state: 'NL', authorityId: id<AuthorityId>('51'), postId: id<PostId>('52') },
    due: { timeMs: 1_795_564_800_000, zone: 'Europe/Amsterdam' },
    dependencies: [id<ObjectId>('61'), id<ObjectId>('62')],
  };
  const { accept } = taskActions;
  const previousHash = new Uint8Array(32).fill(0x53);
  const acceptance: TaskFacts = { ...proposal, action: accept, state: taskStates.accepted, previousHash };
  const text = readFileSync(`${import.meta.dirname}/../../../docs/spec/tasks.md`, 'utf8');
  const shown = [...text.matchAll(/^```\n([0-9a-f\n]+)```$/gm)].map(([, hex]) => hex?.replaceAll('\n', ''));
  expect(shown).toEqual([proposal, acceptance].map((facts) => toHex(encodeTaskFacts(facts))));
});
