import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { Client } from '@rogatory/client';
import { auditPurposes } from '@rogatory/protocol';
import { onQuickest } from '../world/engines.js';
import type { Json, JsonObject } from './evil-proxy.js';
import { at, flipped, refusalOf, Rig } from './rig.js';

let rig: Rig;
let auditor: Client;
let foreign: Client;
beforeAll(async () => {
  rig = await Rig.start(await onQuickest());
  auditor = await rig.client('auditor-xa');
  foreign = await rig.client('auditor-xb');
  const open = await rig.lead.cases.open(rig.caseId);
  for (const text of ['one', 'two', 'three']) await rig.lead.messages.post(open, rig.evidence, { text });
  // The log numbers them when their turn comes.
  while ((await auditor.audit.list(review, { event: 'msg.send' })).records.length < 3);
}, 120_000);
afterAll(() => rig.stop());
afterEach(() => rig.proxy.honest());

const review = { purpose: auditPurposes.lawfulness };
const listed = (answer: JsonObject): Json[] => at(answer, 'data', 'auditRecords')['records'] as Json[];

it('shows a list to be whole: of a case, of own people, of what is owned', async () => {
  const owner = rig.world.keysOf('prosecutor-xa').authorityId;
  const whole = await auditor.audit.complete(review, { caseId: rig.caseId });
  expect(whole.records).toHaveLength(whole.counted);
  expect(whole.records.every(({ groups }) => groups.what?.caseId === rig.caseId)).toBe(true);
  expect(whole.records.filter(({ leaf }) => leaf.ev === 'msg.send').length).toBeGreaterThan(2);
  expect(whole.records.every(({ index }) => index !== undefined && index < whole.beforeIndex)).toBe(true);
  const sent = await auditor.audit.complete(review, { authority: owner }, { event: 'msg.send', outcome: 'allowed' });
  expect(sent.records.map(({ leaf }) => leaf.ev)).toEqual(['msg.send', 'msg.send', 'msg.send']);
  expect(sent.counted).toBeGreaterThan(3);
  const owned = await auditor.audit.complete(review, { ownerAuthority: owner });
  expect(owned.counted).toBeGreaterThanOrEqual(whole.counted);
});

it('T25: finds every record that a server hides from a filtered list, moves, or puts in the place of another', async () => {
  const { records, counted } = await auditor.audit.complete(review, { caseId: rig.caseId });
  expect(counted).toBeGreaterThan(5);
  const lies: readonly ((records: Json[]) => Json[])[] = [
    (told) => told.slice(1),
    (told) => told.slice(0, -1),
    (told) => told.filter((_, place) => place !== 3),
    (told) => told.map((record, place) => (place === 0 ? { ...(record as JsonObject), index: 2 ** 40 } : record)),
    (told) => told.map((record, place) => (place === 2 ? { ...(record as JsonObject), groups: [] } : record)),
    () => [],
  ];
  for (const lie of lies) {
    rig.proxy.lie('AuditRecords', (answer) => {
      at(answer, 'data', 'auditRecords')['records'] = lie(listed(answer));
      return answer;
    });
    const error = await refusalOf(auditor.audit.complete(review, { caseId: rig.caseId }));
    expect(error.code).toBe('client/incomplete');
    expect(error.details['counted']).toBeGreaterThanOrEqual(records.length);
  }
});

it('takes no other count than that of the log', async () => {
  const asked = () => refusalOf(auditor.audit.complete(review, { caseId: rig.caseId }));
  const counts = (answer: JsonObject) => at(answer, 'data', 'auditCounts')['counts'] as JsonObject[];
  const refused = async (operation: (answer: JsonObject) => void): Promise<string> => {
    rig.proxy.lie('AuditCounts', (answer) => {
      operation(answer);
      return answer;
    });
    return (await asked()).code;
  };
  const eachCount = (change: (count: JsonObject) => void) => refused((answer) => counts(answer).forEach(change));
  // A smaller count, another opening, a place in the map that is none, another case's entry.
  expect(await eachCount((count) => (count['entry'] = flipped(count['entry'], 60)))).toBe('tlog/position');
  expect(await eachCount((count) => (count['opening'] = flipped(count['opening'], 1)))).toBe('tlog/position');
  expect(await eachCount((count) => (count['siblings'] as Json[]).pop())).toBe('tlog/position');
  expect(
    await refused((answer) => {
      at(answer, 'data', 'auditCounts')['counts'] = [];
    }),
  ).toBe('client/incomplete');
  const epoch = (answer: JsonObject) => at(answer, 'data', 'auditCounts', 'epoch');
  expect(await refused((answer) => (epoch(answer)['proof'] = null))).toBe('client/answer');
  const group = (answer: JsonObject) => at(answer, 'data', 'auditCounts', 'epoch', 'groups', 0);
  expect(await refused((answer) => (group(answer)['bytes'] = flipped(group(answer)['bytes'], 150)))).toBe(
    'crypto/commitment',
  );
});

it('gives counts of what one reviews alone', async () => {
  const owner = rig.world.keysOf('prosecutor-xa').authorityId;
  const judges = rig.world.keysOf('judge-xb').authorityId;
  expect((await refusalOf(foreign.audit.complete(review, { authority: owner }))).code).toBe('audit/not-found');
  expect((await refusalOf(foreign.audit.complete(review, { ownerAuthority: owner }))).code).toBe('audit/not-found');
  // The case belongs to an authority of another state: of it this auditor is told what its own authorities own, nothing.
  const none = await foreign.audit.complete(review, { caseId: rig.caseId });
  expect([none.counted, none.records]).toEqual([0, []]);
  const own = await foreign.audit.complete(review, { authority: judges }, { caseId: rig.caseId });
  expect(own.records.length).toBeGreaterThan(0);
});
