import { BytesTarget, bytesSource, type Client, type OpenCase, rootOf } from '@rogatory/client';
import type { CaseId, CompartmentId, InvitationId, ObjectId, PersonId } from '@rogatory/kernel';
import { makeRevocation } from '@rogatory/pki';
import {
  auditPurposes,
  caseRoles,
  type HoldOrder,
  legalBases,
  revocationActions,
  revocationReasons,
  revocationTargets,
} from '@rogatory/protocol';
import { admitAll } from '../world/admission.js';
import type { World } from '../world/world.js';

const justification = { legalBasis: legalBases.oversight, instrument: 'E2', text: 'at a crash point' };
const review = { purpose: auditPurposes.integrityAndSecurity, justification };
const FILE_BYTES = 70_000;

/** The people of the experiment, a case with a further compartment, and what the acts work on. */
export class CrashStage {
  readonly world: World;
  readonly lead: Client;
  readonly judge: Client;
  readonly auditor: Client;
  readonly second: Client;
  readonly registrar: Client;
  readonly caseId: CaseId;
  readonly room: CompartmentId;
  /** Numbers everything that is made, so that nothing is mistaken for something else. */
  run = 0;

  private constructor(parts: Omit<CrashStage, 'run' | 'name' | 'open' | 'theirs' | 'personOf'>) {
    this.world = parts.world;
    this.lead = parts.lead;
    this.judge = parts.judge;
    this.auditor = parts.auditor;
    this.second = parts.second;
    this.registrar = parts.registrar;
    this.caseId = parts.caseId;
    this.room = parts.room;
  }

  static async prepare(world: World): Promise<CrashStage> {
    const lead = await world.client('prosecutor-xa');
    const open = await lead.cases.create({ title: 'Crashed', compartments: ['Evidence'] });
    const admitted = await admitAll(world, { lead, leader: 'prosecutor-xa', open }, { 'judge-xb': {} });
    const room = open.compartments.find(({ compartmentId }) => compartmentId !== rootOf(open.caseId));
    const judge = admitted.get('judge-xb');
    if (room === undefined || judge === undefined) throw new Error('no case');
    const [auditor, second] = [await world.client('auditor-xa'), await world.client('auditor-xa-2')];
    const registrar = await world.client('registrar-xb');
    const people = { lead, judge, auditor, second, registrar };
    return new CrashStage({ world, ...people, caseId: open.caseId, room: room.compartmentId });
  }

  get name(): string {
    return `run ${this.run}`;
  }

  open(): Promise<OpenCase> {
    return this.lead.cases.open(this.caseId);
  }

  theirs(): Promise<OpenCase> {
    return this.judge.cases.open(this.caseId);
  }

  personOf(profile: string): PersonId {
    return this.world.keysOf(profile).personId;
  }
}

/** An act of a person, which is one or more mutations of the server. */
export interface CrashAct {
  readonly name: string;
  /** What has to be there first, made before anything is armed. @returns the act itself. */
  readonly prepare: (stage: CrashStage) => Promise<() => Promise<unknown>>;
  /** How often its effect is there, as somebody who was not involved reads it; left out where there is nothing to read. */
  readonly effects?: (stage: CrashStage) => Promise<number>;
}

const posted = async (stage: CrashStage): Promise<ObjectId> => {
  const draft = { text: stage.name, wantsAcknowledgement: true };
  return (await stage.lead.messages.post(await stage.open(), stage.room, draft)).objectId;
};
const added = async (stage: CrashStage, name: string) => {
  const source = bytesSource(name, new Uint8Array(FILE_BYTES).fill(stage.run & 0xff));
  return stage.lead.documents.upload(await stage.open(), stage.room, source);
};
const offered = async (stage: CrashStage): Promise<InvitationId> => {
  const offer = { invited: { personId: stage.personOf('judge-xc') }, role: caseRoles.reader } as const;
  const made = await stage.lead.invitations.invite(await stage.open(), { ...offer, history: { kind: 'from-now' } });
  return made.invitationId;
};
const linksOf = async (stage: CrashStage, id: CompartmentId): Promise<number> =>
  (await stage.theirs()).compartment(id).replica.events.filter(({ kind }) => kind === 'link').length;
const closedCases = async (stage: CrashStage): Promise<number> =>
  (await stage.lead.cases.list()).filter(({ isClosed }) => isClosed).length;
const judgeRole = async (stage: CrashStage) =>
  (await stage.open()).root.state.members.person(stage.personOf('judge-xb'))?.role;

const ofMembers: readonly CrashAct[] = [
  {
    name: 'create a case',
    prepare: async (stage) => () => stage.lead.cases.create({ title: stage.name }),
    effects: async (stage) => (await stage.lead.cases.list()).length,
  },
  {
    name: 'post a message',
    prepare: async (stage) => {
      const open = await stage.open();
      return () => stage.lead.messages.post(open, stage.room, { text: stage.name });
    },
    effects: async (stage) => {
      const compartment = (await stage.theirs()).compartment(stage.room);
      return stage.judge.messages.list(compartment).filter(({ text }) => text === stage.name).length;
    },
  },
  {
    name: 'acknowledge',
    prepare: async (stage) => {
      const id = await posted(stage);
      const theirs = await stage.theirs();
      return () => stage.judge.messages.acknowledge(theirs, stage.room, id);
    },
    effects: async (stage) => {
      const compartment = (await stage.open()).compartment(stage.room);
      const message = stage.lead.messages.list(compartment).find(({ text }) => text === stage.name);
      return message === undefined ? 0 : stage.lead.messages.acknowledgements(compartment, message).length;
    },
  },
  {
    name: 'describe',
    prepare: async (stage) => {
      const open = await stage.open();
      return () => stage.lead.cases.describe(open, stage.room, { title: stage.name, description: '' });
    },
    effects: async (stage) => {
      const info = stage.judge.cases.info((await stage.theirs()).compartment(stage.room));
      return Number(info?.title === stage.name);
    },
  },
  {
    name: 'add a document',
    prepare: async (stage) => () => added(stage, stage.name),
    effects: async (stage) => {
      const compartment = (await stage.theirs()).compartment(stage.room);
      return stage.judge.documents.list(compartment).filter(({ manifest }) => manifest.name === stage.name).length;
    },
  },
  {
    name: 'open a document',
    prepare: async (stage) => {
      const { objectId } = await added(stage, stage.name);
      const compartment = (await stage.theirs()).compartment(stage.room);
      const document = stage.judge.documents.find(compartment, objectId);
      return () => stage.judge.documents.download(compartment, document, new BytesTarget(), { justification });
    },
  },
  {
    name: 'withdraw a document',
    prepare: async (stage) => {
      const { objectId, version } = await added(stage, stage.name);
      const open = await stage.open();
      return () => stage.lead.documents.withdraw(open, stage.room, { objectId, version, reason: stage.name });
    },
    effects: async (stage) => {
      const compartment = (await stage.theirs()).compartment(stage.room);
      return stage.judge.documents.list(compartment).filter(({ withdrawn }) => withdrawn === stage.name).length;
    },
  },
];

const ofLeads: readonly CrashAct[] = [
  {
    name: 'invite',
    prepare: async (stage) => () => offered(stage),
    effects: async (stage) => (await stage.lead.invitations.ofCase(await stage.open())).length,
  },
  {
    name: 'withdraw an invitation',
    prepare: async (stage) => {
      const id = await offered(stage);
      return () => stage.lead.invitations.revoke(id);
    },
    effects: async (stage) => {
      const offers = await stage.lead.invitations.ofCase(await stage.open());
      return offers.filter(({ isRevoked }) => isRevoked).length;
    },
  },
  {
    name: 'renew a key',
    prepare: async (stage) => {
      const open = await stage.open();
      return () => stage.lead.cases.rotate(open, stage.room);
    },
    effects: (stage) => linksOf(stage, stage.room),
  },
  {
    name: 'change a role',
    prepare: async (stage) => {
      const role = (await judgeRole(stage)) === caseRoles.reader ? caseRoles.contributor : caseRoles.reader;
      const open = await stage.open();
      return () => stage.lead.cases.setRole(open, stage.personOf('judge-xb'), role);
    },
    effects: (stage) => linksOf(stage, rootOf(stage.caseId)),
  },
  {
    name: 'add a compartment',
    prepare: async (stage) => {
      const open = await stage.lead.cases.create({ title: stage.name });
      return () => stage.lead.cases.addCompartment(open, 'added');
    },
  },
  {
    name: 'close a case',
    prepare: async (stage) => {
      const own = await stage.lead.cases.create({ title: stage.name });
      return () => stage.lead.cases.close(own);
    },
    effects: closedCases,
  },
  {
    name: 'reopen a case',
    prepare: async (stage) => {
      const own = await stage.lead.cases.create({ title: stage.name });
      await stage.lead.cases.close(own);
      return () => stage.lead.cases.reopen(own);
    },
    effects: async (stage) => -(await closedCases(stage)),
  },
  {
    name: 'state heads',
    prepare: async (stage) => {
      const theirs = await stage.theirs();
      return () => theirs.compartment(stage.room).beat(true);
    },
  },
];

const ofDevices: readonly CrashAct[] = [
  { name: 'log in', prepare: async (stage) => () => stage.judge.login() },
  {
    name: 'log out',
    prepare: async (stage) => {
      await stage.judge.login();
      return () => stage.judge.logout();
    },
  },
  { name: 'publish a prekey', prepare: async (stage) => () => stage.judge.prekeys.renew() },
  {
    name: 'revoke a person',
    prepare: async (stage) => {
      const { view } = stage.registrar.directory;
      const { authorityId, personId: targetId } = stage.world.keysOf('liaison-xb');
      const { serial, status } = view.standing(revocationTargets.person, targetId);
      const action = status === 'suspended' ? revocationActions.reinstate : revocationActions.suspend;
      const registrars = ['registrar-xb', 'registrar-xb-2'].map((profile) => stage.world.registrarKey(profile));
      const wish = { authorityId, serial: serial + 1, target: revocationTargets.person, targetId, action };
      const time = stage.registrar.gateway.acts.time();
      const entry = makeRevocation({ ...wish, reason: revocationReasons.unspecified, time }, { registrars });
      return () => stage.registrar.directory.append([entry]);
    },
    effects: async (stage) => {
      await stage.judge.directory.sync();
      const { personId } = stage.world.keysOf('liaison-xb');
      return stage.judge.directory.view.standing(revocationTargets.person, personId).serial;
    },
  },
];

const holdOf = (stage: CrashStage): HoldOrder => {
  const terms = { reference: `E2-${stage.run}`, expiresMs: Date.now() + 3_600_000 };
  return { verb: 'hold', target: { caseId: stage.caseId }, untilMs: Date.now() + 86_400_000, ...terms };
};
const ordersOf = async (stage: CrashStage) =>
  (await stage.second.auditOrders.list(review)).filter(({ order }) => order.reference === `E2-${stage.run}`);

const ofAuditors: readonly CrashAct[] = [
  {
    name: 'note',
    prepare: async (stage) => () => stage.auditor.audit.notes.add(review, { caseId: stage.caseId }, stage.name),
  },
  {
    name: 'propose an order',
    prepare: async (stage) => () => stage.auditor.auditOrders.propose(holdOf(stage)),
    effects: async (stage) => (await ordersOf(stage)).length,
  },
  {
    name: 'approve an order',
    prepare: async (stage) => {
      const order = holdOf(stage);
      const id = await stage.auditor.auditOrders.propose(order);
      return () => stage.second.auditOrders.approve(id, order);
    },
    effects: async (stage) => (await ordersOf(stage)).filter(({ approved }) => approved !== undefined).length,
  },
  { name: 'read the log', prepare: async (stage) => () => stage.auditor.audit.list(review, {}, { first: 5 }) },
];

/** Every kind of act that the command line can do to a server. */
export const crashActs: readonly CrashAct[] = [...ofMembers, ...ofLeads, ...ofDevices, ...ofAuditors];
