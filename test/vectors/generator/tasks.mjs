/** What a change of a task states for everybody, and what only members read of it (docs/spec/tasks.md). */
import { concatBytes } from '@rogatory/kernel';
import * as p from '@rogatory/protocol';
import { edit, filled, id } from './parts.mjs';

const facts = {
  ...{ action: p.taskActions.propose, state: p.taskStates.proposed, previousHash: new Uint8Array(32), owner: 'FR' },
  assignee: { state: 'NL', authorityId: id('51'), postId: id('52') },
  due: { timeMs: 1_795_564_800_000, zone: 'Europe/Amsterdam' },
  dependencies: [id('61'), id('62')],
};
const accepted = {
  ...facts,
  action: p.taskActions.accept,
  state: p.taskStates.accepted,
  previousHash: filled(0x53, 32),
};
const bare = {
  ...{ action: p.taskActions.comment, state: p.taskStates.done, previousHash: filled(0x54, 32), owner: 'EU' },
  ...{ assignee: { state: 'EU', authorityId: id('51') }, dependencies: [] },
};
const most = Array.from({ length: 32 }, (_, i) => id((0x10 + i).toString(16)));

const described = {
  ...{ title: 'Search at address 4 – Haarlem', text: 'Secure phones first.', estimateMinutes: 90 },
  steps: [
    { number: 1, text: 'warrant read out' },
    { number: 7, text: 'téléphones saisis' },
  ],
  ...{ ticks: [], references: [{ objectId: id('37'), version: 3, itemHash: filled(0x38, 32) }] },
};
const ticked = {
  ...{ title: '', text: '', estimateMinutes: 0, steps: [], references: [] },
  ticks: [
    { number: 1, isDone: true },
    { number: 7, isDone: false },
  ],
};
const facts0 = p.encodeTaskFacts(facts);
const bare0 = p.encodeTaskFacts(bare);
const content0 = p.encodeTaskContent(described);
const ticks0 = p.encodeTaskContent(ticked);

/** @param {string} kind @param {string} name @param {string} description @param {Uint8Array} bytes */
const whole = (kind, name, description, bytes) => ({ kind, name, description, bytes });
/** @param {string} kind @param {string} name @param {string} code @param {Uint8Array} bytes */
const refused = (kind, name, code, bytes) => ({ kind, name, family: 'codec', code, bytes });

export const valid = [
  whole('task-facts', 'proposal', 'across states, with a due time and two dependencies', facts0),
  whole('task-facts', 'acceptance', 'states again what it does not change', p.encodeTaskFacts(accepted)),
  whole('task-facts', 'bare', 'an authority without a post, no due time, no dependency', bare0),
  whole('task-facts', 'most dependencies', '32 of them', p.encodeTaskFacts({ ...facts, dependencies: most })),
  whole('task-content', 'description', 'title, text, estimate, two steps, a document', content0),
  whole('task-content', 'ticks', 'one done, one taken back', ticks0),
];

const actionAt = 4;
const ownerAt = 4 + 2 + 32;
const dueAt = ownerAt + 2 + 2 + 16 + 16;
const countAt = dueAt + 8 + 2 + 'Europe/Amsterdam'.length;

export const invalid = [
  refused('task-facts', 'another magic', 'codec/magic', edit(facts0, 3, 'replace', [0x32])),
  refused('task-facts', 'action 0', 'codec/unknown-value', edit(facts0, actionAt, 'replace', [0])),
  refused('task-facts', 'action 15', 'codec/unknown-value', edit(facts0, actionAt, 'replace', [15])),
  refused('task-facts', 'state 0', 'codec/unknown-value', edit(facts0, actionAt + 1, 'replace', [0])),
  refused('task-facts', 'state 9', 'codec/unknown-value', edit(facts0, actionAt + 1, 'replace', [9])),
  refused('task-facts', 'owner in small letters', 'codec/text', edit(facts0, ownerAt, 'replace', [0x66, 0x72])),
  refused('task-facts', "assignee's state in digits", 'codec/text', edit(facts0, ownerAt + 2, 'replace', [0x31, 0x32])),
  refused('task-facts', 'a zone without a time', 'codec/zone', edit(facts0, dueAt, 'replace', new Uint8Array(8))),
  refused('task-facts', 'a time without a zone', 'codec/zone', edit(bare0, dueAt + 7, 'replace', [1])),
  refused('task-facts', 'a zone with a space', 'codec/zone', edit(facts0, dueAt + 10, 'replace', [0x20])),
  refused('task-facts', 'zone of 65 bytes', 'codec/too-long', edit(bare0, dueAt + 8, 2, [0, 65, ...filled(0x41, 65)])),
  refused(
    'task-facts',
    'a dependency twice',
    'codec/order',
    edit(facts0, countAt + 1 + 16, 'replace', filled(0x61, 16)),
  ),
  refused(
    'task-facts',
    'dependencies descending',
    'codec/order',
    edit(facts0, countAt + 1, 'replace', filled(0x63, 16)),
  ),
  refused(
    'task-facts',
    '33 dependencies',
    'codec/range',
    concatBytes(
      edit(facts0.slice(0, countAt + 1), countAt, 'replace', [33]),
      ...Array.from({ length: 33 }, (_, i) => filled(i + 1, 16)),
    ),
  ),
  refused(
    'task-content',
    'title of 801 bytes',
    'codec/too-long',
    p.encodeTaskContent({ ...described, title: 't'.repeat(801) }),
  ),
  refused(
    'task-content',
    'step of 1,001 bytes',
    'codec/too-long',
    p.encodeTaskContent({ ...described, steps: [{ number: 1, text: 's'.repeat(1_001) }] }),
  ),
  refused('task-content', '101 steps', 'codec/range', edit(content0, stepsAt(), 'replace', [101])),
  refused('task-content', 'step numbers descending', 'codec/order', edit(content0, stepsAt() + 2, 'replace', [8])),
  refused(
    'task-content',
    'a tick neither done nor not',
    'codec/unknown-value',
    edit(ticks0, 2 + 4 + 4 + 1 + 1 + 2, 'replace', [2]),
  ),
  refused(
    'task-content',
    'a step ticked twice',
    'codec/order',
    edit(ticks0, 2 + 4 + 4 + 1 + 1 + 3 + 1, 'replace', [1]),
  ),
];

/** Where the count of the steps stands. */
function stepsAt() {
  const bytes = (/** @type {string} */ text) => new TextEncoder().encode(text).length;
  return 2 + bytes(described.title) + 4 + bytes(described.text) + 4;
}
export const spec = ['tasks.md'];
