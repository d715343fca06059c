import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { type Client, operations, rootOf } from '@rogatory/client';
import { type CompartmentId, limits } from '@rogatory/kernel';
import { actSubjects } from '@rogatory/protocol';
import { onQuickest } from '../world/engines.js';
import { SetClock } from '../world/set-clock.js';
import type { JsonObject } from './evil-proxy.js';
import { at, flipped, refusalOf, Rig } from './rig.js';

/**
 * A case of some hours, and a device that was admitted and never read it: of what there is, only the epochs of the audit log
 * tell it more than the server's word.
 */
const clock = new SetClock();
const HOUR_MS = 3_600_000;
let rig: Rig;
/** What the server answered of each compartment before the last links and items. */
const early = new Map<string, JsonObject>();

beforeAll(async () => {
  rig = await Rig.start(await onQuickest());
  const open = await rig.lead.cases.open(rig.caseId);
  await rig.admit(open, 'judge-xc', await rig.client('judge-xc'));
  await rig.lead.messages.post(open, rootOf(rig.caseId), { text: 'what a new device may see' });
  rig.proxy.lie('ContentLog', (answer, { variables }) => {
    const id = String(variables['compartmentId']);
    if (!early.has(id)) early.set(id, structuredClone(at(answer, 'data', 'contentLog')));
    return answer;
  });
  await (await rig.judgeAgain()).cases.open(rig.caseId);
  rig.proxy.honest();
  await rig.lead.messages.post(open, rootOf(rig.caseId), { text: 'what came later' });
  await rig.lead.cases.remove(open, rig.personOf('judge-xb'));
  await rig.lead.messages.post(open, rootOf(rig.caseId), { text: 'what the removed one must not read' });
  clock.aheadMs = 3 * HOUR_MS;
  await rig.world.restart(undefined, { clock });
}, 120_000);
afterAll(() => rig.stop());
afterEach(() => rig.proxy.honest());

const fresh = (): Promise<Client> => rig.client('judge-xc', { clock });
const openedBy = (client: Client) => client.cases.open(rig.caseId);
const anchorOf = (answer: JsonObject): JsonObject => at(answer, 'data', 'compartmentAnchor', 0);

/** The server goes on from a state that is long gone, for these compartments. */
function truncate(): void {
  rig.proxy.lie('ContentLog', (answer, { variables }) => {
    const page = early.get(String(variables['compartmentId']));
    if (page === undefined) return answer;
    const events = Number(variables['from']) === 0 ? (page['events'] ?? []) : [];
    return { ...answer, data: { contentLog: { ...page, events } } };
  });
}

it('S03, S16: a new device that is shown a case without its last removal and items takes it for no case', async () => {
  truncate();
  const client = await fresh();
  expect(await refusalOf(openedBy(client))).toMatchObject({ family: 'verification', code: 'client/anchor' });
  expect(client.alarms.list()).toMatchObject([{ kind: 'history-refused', code: 'client/anchor' }]);
  expect(await client.anchors.refused()).toBeDefined();
});

it('S03: no part of what an epoch says of a case can be changed, left out, or taken from elsewhere', async () => {
  for (const part of ['leaf', 'whatOpening', 'what', 'opening', 'entry'] as const) {
    rig.proxy.lie('CompartmentAnchor', (answer) => {
      const told = anchorOf(answer);
      told[part] = flipped(told[part], -1);
      return answer;
    });
    expect(await refusalOf(openedBy(await fresh()))).toMatchObject({ family: expect.stringMatching(/verification/) });
  }
  const lies: readonly ((told: JsonObject) => JsonObject | undefined)[] = [
    (told) => ({ ...told, siblings: [] }),
    (told) => ({ ...told, proof: String(told['proof']).replace(/^index \d+$/m, 'index 0') }),
    () => undefined,
  ];
  for (const lie of lies) {
    rig.proxy.lie('CompartmentAnchor', (answer) => ({
      ...answer,
      data: { compartmentAnchor: [lie(anchorOf(answer))].filter((told) => told !== undefined) },
    }));
    expect(await refusalOf(openedBy(await fresh()))).toMatchObject({ family: 'verification' });
  }
  rig.proxy.lie('CompartmentAnchor', () => ({ errors: [{ extensions: { code: 'audit/unavailable' } }] }));
  expect((await refusalOf(openedBy(await fresh()))).code).toBe('audit/unavailable');
});

it('S03: what an epoch says of another compartment, or said long ago, says nothing of this one', async () => {
  const shown = new Map<string, JsonObject>();
  rig.proxy.lie('CompartmentAnchor', (answer, { variables }) => {
    shown.set(String(variables['compartmentId']), structuredClone(answer));
    return answer;
  });
  const opened = await openedBy(await fresh());
  expect(opened.compartments.map(({ compartmentId }) => shown.has(compartmentId))).toEqual([true, true]);
  clock.aheadMs += limits.anchorCheckMs;
  const again = (id: string) => {
    rig.proxy.lie('CompartmentAnchor', () => structuredClone(shown.get(id) ?? {}));
  };
  again(rootOf(rig.caseId));
  expect(await refusalOf(openedBy(await fresh()))).toMatchObject({ code: 'client/anchor-missing' });
  again(rig.evidence);
  expect(await refusalOf(openedBy(await fresh()))).toMatchObject({ code: 'tlog/position' });
  rig.proxy.honest();
  await openedBy(await fresh());
});

it('S03: it is told to members alone, and to nobody else whether there is such a compartment', async () => {
  const removed = await rig.client('judge-xb', { clock });
  const ask = (compartmentId: CompartmentId) => {
    const call = { variables: { compartmentId }, subject: actSubjects.readCompartment(compartmentId) };
    return refusalOf(removed.gateway.call(operations.compartmentAnchorOperation, call, (data) => data));
  };
  const absent = 'ab'.repeat(32) as CompartmentId;
  const refused = [await ask(rig.evidence), await ask(absent)].map(({ code, details }) => ({ code, details }));
  expect(refused[0]).toEqual(refused[1]);
  expect(refused[0]).toMatchObject({ code: 'access/refused' });
});
