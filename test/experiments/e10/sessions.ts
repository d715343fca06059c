import { BytesTarget, bytesSource, type Client, follow, notices, type OpenCase, rootOf } from '@rogatory/client';
import type { CaseId, CompartmentId, ObjectId } from '@rogatory/kernel';
import { auditPurposes, caseRoles, legalBases } from '@rogatory/protocol';
import type { Json } from '../../rig/evil-proxy.js';
import { RawMember } from '../../rig/raw-member.js';
import type { World } from '../../world/world.js';
import type { Canaries } from '../canaries.js';
import { Seeded } from '../seeded.js';
import { revocationOf, spoilBox } from './rare-acts.js';
import { caseAsSeen, personAsSeen, plain } from './sight.js';
import { Studio } from './studio.js';
import { swallow, timedOut, withoutParts } from './ways.js';

const justification = { legalBasis: legalBases.jointInvestigationTeam, instrument: 'JIT-2026-1' };
const review = { purpose: auditPurposes.lawfulness, justification: { legalBasis: legalBases.oversight } };
const SIX_MINUTES_MS = 6 * 60_000;
const LIVE_EVENTS = 3;

/** Records honest sessions of every part of the SDK, one after the other on one real server. */
export async function recordSessions(world: World, canaries: Canaries, seed: number): Promise<Studio> {
  const sessions = new Sessions(world, canaries, seed);
  await sessions.firstContact();
  await sessions.begin();
  await sessions.membership();
  await sessions.reading();
  await sessions.writing();
  await sessions.files();
  await sessions.live();
  await sessions.leading();
  await sessions.directory();
  await sessions.auditing();
  await sessions.sessions();
  return sessions.studio;
}

class Sessions {
  readonly studio: Studio;
  readonly #world: World;
  readonly #canaries: Canaries;
  #caseId: CaseId | undefined;
  #evidence: CompartmentId | undefined;
  #documentId: ObjectId | undefined;
  #known: Json = null;

  constructor(world: World, canaries: Canaries, seed: number) {
    this.studio = new Studio(world, seed);
    this.#world = world;
    this.#canaries = canaries;
  }

  get #case(): CaseId {
    if (this.#caseId === undefined) throw new Error('no case yet');
    return this.#caseId;
  }

  get #room(): CompartmentId {
    if (this.#evidence === undefined) throw new Error('no compartment yet');
    return this.#evidence;
  }

  #person(profile: string) {
    return this.#world.keysOf(profile).personId;
  }

  #secret(name: string): string {
    return this.#canaries.text(name);
  }

  async firstContact(): Promise<void> {
    const lead = this.#person('prosecutor-xa');
    await this.studio.record('first contact', 'judge-xa', async (client) => {
      const identity = await client.login();
      const server = await client.server();
      return {
        identity: plain(identity),
        server: plain(server),
        head: plain(client.directory.head),
        persons: client.directory.persons().map(({ personId }) => personAsSeen(client, personId)),
        lead: personAsSeen(client, lead),
      };
    });
  }

  /** A case with a further compartment, a judge of another state in it, a first message. */
  async begin(): Promise<void> {
    const judge = this.#person('judge-xb');
    await this.studio.play('judge-xb', async (client) => {
      await client.login();
      await client.contacts.accept(this.#person('prosecutor-xa'));
      return null;
    });
    await this.studio.play('prosecutor-xa', async (client) => {
      await client.login();
      await client.contacts.accept(judge);
      return null;
    });
    await this.studio.record('begin a case', 'prosecutor-xa', async (client) => {
      const title = this.#secret('title');
      const open = await client.cases.create({ title, compartments: [this.#secret('compartment')] });
      this.#caseId = open.caseId;
      this.#evidence = open.compartments.find(
        ({ compartmentId }) => compartmentId !== rootOf(open.caseId),
      )?.compartmentId;
      return caseAsSeen(client, open);
    });
    await this.#invite('judge-xb', 'play');
  }

  async #invite(profile: string, way: 'play' | 'record'): Promise<void> {
    const personId = this.#person(profile);
    const take = (name: string, who: string, scene: (client: Client) => Promise<Json>): Promise<Json> =>
      way === 'play' ? this.studio.play(who, scene) : this.studio.record(name, who, scene);
    await take('invite', 'prosecutor-xa', async (client) => {
      const open = await client.cases.open(this.#case);
      const compartments = open.compartments.map(({ compartmentId }) => compartmentId);
      const terms = { role: caseRoles.contributor, history: { kind: 'all' }, compartments } as const;
      return plain(await client.invitations.invite(open, { invited: { personId }, ...terms }));
    });
    await take('accept', profile, async (client) => {
      const offers = (await client.invitations.received()).filter(({ invitation }) => invitation.caseId === this.#case);
      for (const offer of offers) await client.invitations.accept(offer);
      return offers.map(({ invitation, isRevoked, usesLeft }) => ({
        invitation: plain(invitation),
        isRevoked,
        usesLeft,
      }));
    });
    await take('admit', 'prosecutor-xa', async (client) => {
      const open = await client.cases.open(this.#case);
      const offers = await client.invitations.ofCase(open);
      for (const offer of offers) {
        const isOf = client.invitations.acceptancesOf(offer).some((acceptance) => acceptance.personId === personId);
        if (isOf) await client.invitations.admit(open, offer, { personId });
      }
      return caseAsSeen(client, open);
    });
  }

  async membership(): Promise<void> {
    await this.#post('prosecutor-xa', 'first');
    this.#known = await this.studio.play('judge-xb', async (client) => {
      await client.login();
      return caseAsSeen(client, await client.cases.open(this.#case));
    });
    for (const profile of ['liaison-xc', 'prosecutor-xa']) {
      const other = this.#person(profile === 'liaison-xc' ? 'prosecutor-xa' : 'liaison-xc');
      await this.studio.play(profile, async (client) => {
        await client.login();
        await client.contacts.accept(other);
        return null;
      });
    }
    await this.#invite('liaison-xc', 'record');
    await this.studio.record('read for the first time', 'liaison-xc', async (client) =>
      caseAsSeen(client, await client.cases.open(this.#case)),
    );
  }

  async #post(profile: string, name: string): Promise<void> {
    await this.studio.play(profile, async (client) => {
      const open = await client.cases.open(this.#case);
      await client.messages.post(open, this.#room, {
        text: this.#secret(name),
        subject: this.#secret(`${name} subject`),
      });
      return null;
    });
  }

  async reading(): Promise<void> {
    await this.#post('prosecutor-xa', 'second');
    await this.#post('prosecutor-xa', 'third');
    await this.studio.play('prosecutor-xa', async (client) => {
      const open = await client.cases.open(this.#case);
      const { objectId } = await client.documents.upload(open, this.#room, this.#file('extract', 70_000));
      this.#documentId = objectId;
      return null;
    });
    const read = async (client: Client): Promise<Json> => {
      await client.login();
      const cases = await client.cases.list();
      const open = await client.cases.open(this.#case);
      return { cases: cases.map(plain), case: caseAsSeen(client, open) };
    };
    const known: Json = { cases: [], case: this.#known };
    await this.studio.record('read what is new', 'judge-xb', read, { known });
  }

  async writing(): Promise<void> {
    await this.studio.record('write', 'judge-xb', async (client) => {
      const open = await client.cases.open(this.#case);
      const sent = await client.messages.post(open, this.#room, {
        text: this.#secret('written'),
        wantsAcknowledgement: true,
      });
      const answer = await client.messages.reply(open, this.#room, sent.objectId, { text: this.#secret('reply') });
      await client.messages.acknowledge(open, this.#room, sent.objectId);
      return { sent: plain(sent), answer: plain(answer), case: caseAsSeen(client, open) };
    });
  }

  #file(name: string, length: number) {
    const marker = new TextEncoder().encode(this.#secret(`${name} content`));
    const bytes = new Seeded(length).bytes(length);
    bytes.set(marker, 1_000);
    return bytesSource(this.#secret(name), bytes);
  }

  async files(): Promise<void> {
    const upload = (name: string) => async (client: Client) => {
      const open = await client.cases.open(this.#case);
      const { item, ...document } = await client.documents.upload(open, this.#room, this.#file(name, 66_000));
      return { document: plain(document), position: item.position };
    };
    await this.studio.record('upload', 'judge-xb', upload('picture'));
    const cut = upload('statement');
    const isCut = await this.studio.play('judge-xb', (client) => swallow(cut(client)), { through: withoutParts });
    if (isCut !== 'client/network') throw new Error(`the upload ended with ${JSON.stringify(isCut)}`);
    await this.studio.record('upload taken up again', 'judge-xb', cut);
    await this.studio.play('judge-xb', (client) => swallow(upload('given up')(client)), { through: withoutParts });
    await this.studio.record('upload given up', 'judge-xb', async (client) => {
      const begun = await client.documents.interrupted();
      for (const { plan } of begun) await client.documents.abandon(plan.uploadId);
      return begun.length - (await client.documents.interrupted()).length;
    });
    await this.studio.record('download', 'judge-xb', (client) => this.#download(client));
    await this.studio.record('withdraw', 'prosecutor-xa', async (client) => {
      const open = await client.cases.open(this.#case);
      const document = client.documents
        .list(open.compartment(this.#room))
        .find(({ objectId }) => objectId !== this.#documentId);
      if (document === undefined) return null;
      const { objectId, version } = document;
      await client.documents.withdraw(open, this.#room, { objectId, version, reason: this.#secret('reason') });
      return caseAsSeen(client, open);
    });
  }

  async #download(client: Client): Promise<Json> {
    const compartment = (await client.cases.open(this.#case)).compartment(this.#room);
    if (this.#documentId === undefined) throw new Error('no document');
    const document = client.documents.find(compartment, this.#documentId);
    const target = new BytesTarget();
    await client.documents.download(compartment, document, target, { justification });
    const range = client.documents.read(compartment, document, { justification, offset: 65_000, length: 2_000 });
    const read: number[] = [];
    for await (const chunk of range) read.push(...chunk);
    return { name: document.manifest.name, content: plain(target.bytes), range: plain(Uint8Array.from(read)) };
  }

  async live(): Promise<void> {
    const follows = async (client: Client): Promise<Json> => {
      const compartment = (await client.cases.open(this.#case)).compartment(this.#room);
      const seen: Json[] = [];
      const stop = timedOut();
      const following = { signal: stop.signal, onLink: (isLive: boolean) => (isLive ? this.#isLive() : undefined) };
      for await (const event of follow(client.gateway, compartment, following)) {
        seen.push({ kind: event.kind, position: event.position });
        if (seen.length === LIVE_EVENTS) stop.end();
      }
      return { seen, messages: client.messages.list(compartment).map(plain) };
    };
    const following = this.#whenLive();
    const recorded = this.studio.record('follow', 'judge-xb', follows);
    await following;
    for (let i = 0; i < LIVE_EVENTS; i++) await this.#post('prosecutor-xa', `live ${i}`);
    await recorded;
    await this.#notices();
  }

  async #notices(): Promise<void> {
    const listens = async (client: Client): Promise<Json> => {
      await client.login();
      const stop = timedOut();
      const seen: Json[] = [];
      this.#isLive();
      for await (const notice of notices(client.gateway, stop.signal)) {
        seen.push(plain(notice));
        stop.end();
      }
      return seen;
    };
    const listening = this.#whenLive();
    const recorded = this.studio.record('notices', 'judge-xc', listens);
    await listening;
    const noticed = new AbortController();
    const over = recorded.finally(() => noticed.abort());
    // The subscription stands a moment after it was asked for: offers are made until one was noticed.
    for (let tries = 0; tries < 5 && !noticed.signal.aborted; tries++) {
      await this.studio.play('prosecutor-xa', async (client) => {
        const open = await client.cases.open(this.#case);
        const terms = { role: caseRoles.reader, history: { kind: 'from-now' } } as const;
        await client.invitations.invite(open, { invited: { personId: this.#person('judge-xc') }, ...terms });
        return null;
      });
    }
    await over;
  }

  #isLive: () => void = () => undefined;

  #whenLive(): Promise<void> {
    return new Promise((resolve) => {
      this.#isLive = resolve;
    });
  }

  async leading(): Promise<void> {
    const inCase = (work: (client: Client, open: OpenCase) => Promise<unknown>) => async (client: Client) => {
      const open = await client.cases.open(this.#case);
      await work(client, open);
      return caseAsSeen(client, open);
    };
    const liaison = this.#person('liaison-xc');
    const record = (name: string, work: (client: Client, open: OpenCase) => Promise<unknown>): Promise<Json> =>
      this.studio.record(name, 'prosecutor-xa', inCase(work));
    await record('withdraw an offer', async (client, open) => {
      for (const { invitation, isRevoked } of await client.invitations.ofCase(open)) {
        if (!isRevoked && invitation.role === caseRoles.reader)
          await client.invitations.revoke(invitation.invitationId);
      }
    });
    const [lead, judge] = ['prosecutor-xa', 'judge-xb'].map((profile) => this.#world.keysOf(profile));
    if (lead === undefined || judge === undefined) throw new Error('nobody there');
    await this.studio.play('prosecutor-xa', async (client) =>
      spoilBox(new RawMember(client, lead), await client.cases.open(this.#case), {
        compartmentId: this.#room,
        deviceId: judge.deviceId,
      }),
    );
    await this.studio.record(
      'complain',
      'judge-xb',
      inCase(async () => undefined),
    );
    await record('answer complaints', (client, open) => client.members.answerComplaints(open, this.#room));
    await record('rotate', (client, open) => client.cases.rotate(open, this.#room));
    await record('change a role', (client, open) => client.cases.setRole(open, liaison, caseRoles.reader));
    await record('add a compartment', (client, open) => client.cases.addCompartment(open, this.#secret('added')));
    await record('remove a member', (client, open) => client.cases.remove(open, liaison));
    await record('state heads', async (_, open) => {
      for (const compartment of open.compartments) await compartment.readHeartbeats();
      return open.compartment(this.#room).beat(true);
    });
    await this.studio.record(
      'leave',
      'judge-xb',
      inCase((client, open) => client.cases.leave(open)),
    );
  }

  /** A registrar takes a lost device out of the directory. */
  async directory(): Promise<void> {
    const lost = this.#world.keysOf('liaison-xb');
    const registrar = this.#world.registrarKey('registrar-xb');
    await this.studio.play('registrar-xb', async (client) => plain(await client.login()));
    await this.studio.record('revoke a device', 'registrar-xb', async (client) =>
      client.directory.append([revocationOf(lost, registrar, client.gateway.acts.time())]).then(({ size }) => size),
    );
  }

  async auditing(): Promise<void> {
    await this.studio.play('auditor-xa', async (client) => plain(await client.login()));
    await this.studio.record('review', 'auditor-xa', async (client) => {
      const { records, nextBeforeIndex } = await client.audit.list(review, { event: 'msg.send' }, { first: 5 });
      const [newest] = records;
      const proven = newest === undefined ? null : plain(await client.audit.get(review, newest.recordId));
      return { records: records.map(plain), nextBeforeIndex: nextBeforeIndex ?? null, proven };
    });
    await this.studio.record('receipts', 'judge-xb', async (client) => {
      const { proven, waiting, overdue } = await client.audit.receipts();
      return { proven: proven.map(plain), waiting, overdue: overdue.map(plain) };
    });
  }

  async sessions(): Promise<void> {
    const who = async (client: Client): Promise<Json> => plain(await client.whoAmI());
    await this.studio.record('renew a session', 'judge-xa', who, { aheadMs: SIX_MINUTES_MS });
    await this.studio.record('log out', 'judge-xa', async (client) => {
      await client.logout();
      return null;
    });
  }
}
