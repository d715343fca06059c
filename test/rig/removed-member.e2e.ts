import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { bytesSource, type Client, type OpenCase, operations, sealJustification } from '@rogatory/client';
import { composeAdd } from '@rogatory/e2ee';
import { type CompartmentId, limits, systemRandom } from '@rogatory/kernel';
import { makeRevocation } from '@rogatory/pki';
import { actSubjects, caseRoles, revocationActions, revocationReasons, revocationTargets } from '@rogatory/protocol';
import { type BreakIn, breakInto } from '../../apps/demo/src/role/break-in.js';
import { closing, openStolen, stealRows } from '../../apps/demo/src/thief/stolen-database.js';
import type { StolenRows } from '../../apps/demo/src/thief/stolen-rows.js';
import { isLong, report } from '../experiments/report.js';
import { Seeded } from '../experiments/seeded.js';
import type { JsonObject } from './evil-proxy.js';
import { openable, sentBoxes } from './knowledge.js';
import { at, justification, refusalOf, Rig, trust } from './rig.js';

const SEED = 20_261_123;
const histories = isLong ? 100 : 3;

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
}, 120_000);
afterAll(() => rig.stop());
afterEach(() => rig.proxy.honest());

const writing = new Set(['AppendLinks', 'PostItem', 'AddDocument', 'CreateCase']);
const wrote = (): string[] => rig.proxy.asked.filter((operation) => writing.has(operation));

/** A person in the whole case, by the lead's decision alone. */
async function admit(open: OpenCase, profile: string, history: 'all' | 'from-now' = 'all'): Promise<void> {
  const personId = rig.personOf(profile);
  const notAfterMs = Date.now() + limits.maxCertificateMs / 2;
  const admission = { personId, role: caseRoles.contributor, history: { kind: history }, notAfterMs } as const;
  await open.append(
    (scenes) => scenes.ids.map((id) => scenes.note(composeAdd(scenes.scene(id), admission))),
    [personId],
  );
}

/** One random history: things are said, keys renewed, people come and go; then the judge is removed, and life goes on. */
class RandomHistory {
  readonly open: OpenCase;
  readonly theirs: OpenCase;
  readonly #draws: Seeded;
  #isThirdIn = false;
  #said = 0;

  private constructor(open: OpenCase, theirs: OpenCase, draws: Seeded) {
    this.open = open;
    this.theirs = theirs;
    this.#draws = draws;
  }

  static async play(draws: Seeded): Promise<RandomHistory> {
    const open = await rig.lead.cases.create({ title: 'Operation Chance', compartments: ['Evidence'] });
    await admit(open, 'judge-xb');
    const theirs = await rig.judge.cases.open(open.caseId);
    const history = new RandomHistory(open, theirs, draws);
    await history.#live(2 + draws.below(4));
    if (draws.below(3) === 0) await history.#leaveAndReturn();
    await theirs.sync();
    await rig.lead.cases.remove(open, rig.personOf('judge-xb'));
    await history.#live(2 + draws.below(4));
    await history.#say();
    return history;
  }

  /** What the removed member makes of the whole database. */
  async attack(rows: StolenRows): Promise<BreakIn[]> {
    const keys = rig.world.keysOf('judge-xb');
    const found: BreakIn[] = [];
    for (const compartment of this.theirs.compartments) found.push(await breakInto({ keys }, compartment, rows));
    return found;
  }

  async #leaveAndReturn(): Promise<void> {
    await this.theirs.sync();
    await rig.lead.cases.remove(this.open, rig.personOf('judge-xb'));
    await this.#say();
    await admit(this.open, 'judge-xb', 'from-now');
    await this.theirs.sync();
    await this.#live(1);
  }

  async #live(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      const next = this.#draws.pick([
        () => this.#say(),
        () => this.#say(),
        () => this.#file(),
        () => this.#renew(),
        () => this.#comeOrGo(),
      ]);
      await next();
    }
  }

  get #somewhere(): CompartmentId {
    return this.#draws.pick(this.open.compartments).compartmentId;
  }

  async #say(): Promise<void> {
    for (const { compartmentId } of this.open.compartments) {
      await rig.lead.messages.post(this.open, compartmentId, { text: `said ${++this.#said}` });
    }
  }

  async #file(): Promise<void> {
    const bytes = systemRandom(1 + this.#draws.below(5_000));
    await rig.lead.documents.upload(this.open, this.#somewhere, bytesSource('extract.bin', bytes));
  }

  async #renew(): Promise<void> {
    await rig.lead.cases.rotate(this.open, this.#somewhere);
  }

  async #comeOrGo(): Promise<void> {
    const third = rig.personOf('prosecutor-xc');
    if (this.#isThirdIn) await rig.lead.cases.remove(this.open, third);
    else await admit(this.open, 'prosecutor-xc', this.open.root.state.grants.has(third) ? 'from-now' : 'all');
    this.#isThirdIn = !this.#isThirdIn;
  }
}

it(
  `R04: with every key ever held and the whole database, nothing that came after the removal opens, in ${histories} random histories`,
  async () => {
    await trust(rig.lead, rig.personOf('prosecutor-xc'));
    const draws = new Seeded(SEED);
    const played: RandomHistory[] = [];
    for (let i = 0; i < histories; i++) played.push(await RandomHistory.play(draws));
    const rows = await dumped();
    const all: BreakIn[] = [];
    for (const history of played) all.push(...(await history.attack(rows)));
    const sum = (field: keyof BreakIn): number => all.reduce((total, one) => total + one[field], 0);
    expect(all.filter(({ laterItems, controlOpened }) => laterItems === 0 || controlOpened === 0)).toEqual([]);
    expect(sum('attempts')).toBeGreaterThan(20 * histories);
    expect(sum('laterEpochs')).toBeGreaterThanOrEqual(2 * histories);
    expect(sum('opened')).toBe(0);
    report('R04: removed member with a full dump', {
      histories,
      'items after the removal': sum('laterItems'),
      'boxes after the removal': sum('laterBoxes'),
      attempts: sum('attempts'),
      opened: sum('opened'),
      'opened of what was theirs': sum('controlOpened'),
    });
  },
  60_000 + histories * 30_000,
);

/** Every sealed row of the server's database. */
async function dumped(): Promise<StolenRows> {
  const found: StolenRows[] = [];
  await rig.world.restart(async () => {
    const stolen = await openStolen({ dataFolder: rig.world.folder });
    found.push(await closing(stolen, () => stealRows(stolen)));
  });
  const [rows] = found;
  if (rows === undefined) throw new Error('nothing was stolen');
  return rows;
}

it('R03, R04: a removed member gets no byte and fills no room, with what was granted and begun before', async () => {
  const { open, evidence } = await rig.newCase();
  const judge = await rig.judgeAgain();
  await judge.cases.open(open.caseId);
  const subject = actSubjects.beginUpload(evidence);
  const wish = { variables: { compartmentId: evidence, sealedBytes: 112 }, subject };
  const { uploadId } = await judge.gateway.call(operations.beginUploadOperation, wish, (told) => told.beginUpload);
  const file = bytesSource('extract.bin', systemRandom(5_000));
  const { objectId, version } = await rig.lead.documents.upload(open, evidence, file);
  const opening = {
    variables: { compartmentId: evidence, objectId, version },
    ...{ subject: actSubjects.openDocument(evidence, objectId, version), reason: reasonOf(judge) },
  };
  const download = await judge.gateway.call(operations.openDocumentOperation, opening, (told) => told.openDocument);
  const authorization = `Bearer ${await judge.gateway.accessToken()}`;
  const fetched = (): Promise<Response> =>
    fetch(`${rig.world.url}/uploads/${download.uploadId}/content`, {
      headers: { authorization, 'rogatory-grant': download.grant },
    });
  const before = await fetched();
  expect([before.status, (await before.arrayBuffer()).byteLength]).toEqual([200, download.sealedBytes]);
  await rig.lead.cases.remove(open, rig.personOf('judge-xb'));
  const after = await fetched();
  expect([after.status, await after.text()]).toEqual([404, expect.stringContaining('access/refused')]);
  const part = await fetch(`${rig.world.url}/uploads/${uploadId}/parts/0`, {
    method: 'PUT',
    headers: { authorization, 'content-type': 'application/octet-stream' },
    body: new Uint8Array(112),
  });
  expect([part.status, await part.text()]).toEqual([404, expect.stringContaining('access/refused')]);
  expect(await refusalOf(judge.gateway.call(operations.beginUploadOperation, wish, Boolean))).toMatchObject({
    code: 'access/refused',
  });
});

function reasonOf({ directory, gateway }: Client) {
  const { deviceId, authorityId } = rig.world.keysOf('judge-xb');
  return sealJustification(justification, { deviceId, authorityId, view: directory.view, random: gateway.random });
}

it('R07: a client that sees somebody leave renews the key before it writes, whatever the server says or does not say', async () => {
  const { open, evidence } = await rig.newCase();
  const judge = await rig.judgeAgain();
  const theirs = await judge.cases.open(open.caseId);
  await judge.cases.leave(theirs);
  const epoch = theirs.compartment(evidence).state.epoch;
  rig.proxy.honest();
  // The server takes the renewal and says that it did not: nothing is written under the old key meanwhile.
  rig.proxy.lie('AppendLinks', () => ({ errors: [{ extensions: { code: 'unavailable', family: 'unavailable' } }] }));
  await open.sync();
  expect(await refusalOf(rig.lead.messages.post(open, evidence, { text: 'too early' }))).toMatchObject({
    family: 'unavailable',
  });
  expect(wrote()).toEqual(['AppendLinks']);
  const renewed = sentBoxes(rig.proxy.seen);
  expect(renewed.length).toBeGreaterThan(0);
  expect(openable(renewed, rig.world.keysOf('judge-xb'))).toBe(0);
  rig.proxy.honest();
  await open.sync();
  await rig.lead.messages.post(open, evidence, { text: 'after the renewal' });
  const written = open.compartment(evidence).replica.items.at(-1);
  expect(written?.signed.header.epoch).toBeGreaterThan(epoch);
});

it('R07: a server that hides the loss of a device from one member is found out by what the others write; nothing lands, and no key goes to the device', async () => {
  const { open, evidence } = await rig.newCase();
  const lost = 'liaison-xb';
  await rig.client(lost);
  await trust(rig.lead, rig.personOf(lost));
  await admit(open, lost);
  const judge = await rig.world.client('judge-xb');
  const theirs = await judge.cases.open(open.caseId);
  await open.sync();
  const hidden = await hidingDirectory(rig.lead);
  const { deviceId, authorityId } = rig.world.keysOf(lost);
  const entry = makeRevocation(
    {
      ...{ authorityId, serial: 1, target: revocationTargets.device, targetId: deviceId },
      ...{ action: revocationActions.revoke, reason: revocationReasons.lost, time: judge.gateway.acts.time() },
    },
    { registrars: [rig.world.registrarKey('registrar-xb')] },
  );
  await (await rig.world.client('registrar-xb')).directory.append([entry]);
  await judge.directory.sync();
  await judge.messages.post(theirs, evidence, { text: 'without the lost device' });
  hidden();
  const error = await refusalOf(rig.lead.messages.post(open, evidence, { text: 'to everybody' }));
  expect(error.family).toMatch(/verification|refused/);
  expect(openable(sentBoxes(rig.proxy.seen), rig.world.keysOf(lost))).toBe(0);
  const size = theirs.compartment(evidence).replica.size;
  await theirs.sync();
  expect(theirs.compartment(evidence).replica.size).toBe(size);
  rig.proxy.honest();
  await open.sync();
  await rig.lead.messages.post(open, evidence, { text: 'told the truth' });
  expect(openable(sentBoxes(rig.proxy.seen), rig.world.keysOf(lost))).toBe(0);
  const { epoch } = open.compartment(evidence).state;
  expect(open.compartment(evidence).replica.items.at(-1)?.signed.header.epoch).toBe(epoch);
});

/** Remembers the directory as it is; what comes back makes the server show this one for ever, as if nothing had come since. */
async function hidingDirectory(client: Client): Promise<() => void> {
  const seen: JsonObject[] = [];
  rig.proxy.lie('DirectoryEntries', (answer) => {
    seen.push(structuredClone(at(answer, 'data', 'directoryEntries', 'head')));
    return answer;
  });
  await client.directory.sync();
  rig.proxy.honest();
  const head = seen.at(-1);
  if (head === undefined) throw new Error('no directory was read');
  return () =>
    rig.proxy.lie('DirectoryEntries', (answer) => {
      const page = { entries: [], head: { ...head, timeMs: Date.now() }, hasMore: false };
      return { ...answer, data: { directoryEntries: page } };
    });
}
