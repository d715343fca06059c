import type { AccessFacts, Principal } from '@rogatory/access';
import {
  bytesSource,
  type Client,
  type OpenCase,
  operations,
  rootOf,
  sealJustification,
  type UnlockedKeyStore,
} from '@rogatory/client';
import { composeAdd } from '@rogatory/e2ee';
import {
  type ActId,
  type CompartmentId,
  type DeviceId,
  type InvitationId,
  limits,
  type ObjectId,
  parseActId,
  parseDeviceId,
  parseUploadId,
  type PersonId,
  type UploadId,
} from '@rogatory/kernel';
import { makeRevocation } from '@rogatory/pki';
import {
  actSubjects,
  type CaseRole,
  caseRoles,
  legalBases,
  postKinds,
  type PostKindName,
  revocationActions,
  revocationReasons,
  revocationTargets,
  type SignedInvitation,
} from '@rogatory/protocol';
import type { World } from '../../world/world.js';
import { trust } from '../../rig/rig.js';
import { Channel } from './channel.js';

/** Everybody who asks. */
export const actorNames = [
  'nobody',
  'stranger',
  'lead',
  'contributor',
  'reader',
  'liaison',
  'spaceAdministrator',
  'outsideCompartment',
  'auditor',
  'registrar',
  'removed',
  'revoked',
] as const;
export type ActorName = (typeof actorNames)[number];

const profiles: Readonly<Record<Exclude<ActorName, 'nobody'>, string>> = {
  stranger: 'prosecutor-xc',
  lead: 'prosecutor-xa',
  contributor: 'judge-xb',
  reader: 'prosecutor-xb',
  liaison: 'liaison-xb',
  spaceAdministrator: 'judge-xa',
  outsideCompartment: 'prosecutor-xb-2',
  auditor: 'auditor-xa',
  registrar: 'registrar-xa',
  removed: 'judge-xc',
  revoked: 'prosecutor-xa-2',
};

const rolesInCase: Readonly<Partial<Record<ActorName, CaseRole>>> = {
  lead: caseRoles.lead,
  contributor: caseRoles.contributor,
  reader: caseRoles.reader,
  liaison: caseRoles.liaison,
  spaceAdministrator: caseRoles.spaceAdministrator,
  outsideCompartment: caseRoles.contributor,
};

/** Somebody who asks, with a token of their own where they have a session or had one. */
export interface Actor {
  readonly name: ActorName;
  readonly client?: Client;
  readonly token?: string;
  /** As the policy table sees them; undefined for whoever proves nothing. */
  readonly principal?: Principal;
}

/** Where something is asked: the root of the case, a further compartment of it, or a case that was closed. */
export const placeNames = ['root', 'evidence', 'closed'] as const;
export type PlaceName = (typeof placeNames)[number];

/** Objects that exist, to be asked for. */
export interface Objects {
  readonly document: { readonly objectId: ObjectId; readonly version: number; readonly uploadId: string };
  /** Finished uploads that are no document yet. */
  readonly uploads: ReadonlyMap<ActorName, UploadId>;
  /** An offer to the stranger. */
  readonly offer: SignedInvitation;
  readonly revocableOffer: InvitationId;
  /** A record of an act of the lead's. */
  readonly recordId: ActId;
}

const SEALED_BYTES = 112;
const contentOf = new Uint8Array(SEALED_BYTES).fill(7);

/** Two cases with a member in every role, and everybody who is none. */
export class Cast {
  readonly world: World;
  readonly lead: Client;
  readonly open: OpenCase;
  readonly closed: OpenCase;
  readonly evidence: CompartmentId;
  #actors: readonly Actor[] = [];
  #objects: Objects | undefined;
  #spareUpload: UploadId | undefined;
  #prekeys: (deviceId: DeviceId) => readonly Uint8Array[] = () => [];

  private constructor(parts: Pick<Cast, 'world' | 'lead' | 'open' | 'closed' | 'evidence'>) {
    this.world = parts.world;
    this.lead = parts.lead;
    this.open = parts.open;
    this.closed = parts.closed;
    this.evidence = parts.evidence;
  }

  static async assemble(world: World): Promise<Cast> {
    const lead = await world.client(profiles.lead);
    const others = Object.entries(profiles).filter(([name]) => name !== 'lead');
    const clients = new Map<string, Client>([['lead', lead]]);
    await Promise.all(others.map(async ([name, profile]) => clients.set(name, await world.client(profile))));
    const open = await lead.cases.create({ title: 'Operation Harbour', compartments: ['Evidence'] });
    const closed = await lead.cases.create({ title: 'Operation Lagoon' });
    const evidence = open.compartments.find(
      ({ compartmentId }) => compartmentId !== rootOf(open.caseId),
    )?.compartmentId;
    if (evidence === undefined) throw new Error('no further compartment');
    const cast = new Cast({ world, lead, open, closed, evidence });
    await cast.#admit(clients);
    cast.#objects = await cast.#make(clients);
    cast.#spareUpload = await cast.#begin(lead, evidence);
    await cast.#send(clients);
    cast.#actors = await Promise.all(actorNames.map((name) => actorOf(name, clients.get(name))));
    cast.#prekeys = await lead.directory.prekeysOf(Object.values(profiles).map((name) => world.keysOf(name).deviceId));
    await cast.#end(clients);
    return cast;
  }

  get actors(): readonly Actor[] {
    return this.#actors;
  }

  /** An upload of the lead's, to be given up. */
  get spareUpload(): UploadId {
    if (this.#spareUpload === undefined) throw new Error('nothing was begun yet');
    return this.#spareUpload;
  }

  get objects(): Objects {
    if (this.#objects === undefined) throw new Error('nothing was made yet');
    return this.#objects;
  }

  /** Prekeys as the server has them. */
  prekeys(deviceId: DeviceId): readonly Uint8Array[] {
    return this.#prekeys(deviceId);
  }

  actor(name: ActorName): Actor {
    const found = this.#actors.find((actor) => actor.name === name);
    if (found === undefined) throw new Error(`nobody plays ${name}`);
    return found;
  }

  compartmentOf(place: PlaceName): CompartmentId {
    return place === 'evidence' ? this.evidence : rootOf(place === 'root' ? this.open.caseId : this.closed.caseId);
  }

  caseOf(place: PlaceName): OpenCase {
    return place === 'closed' ? this.closed : this.open;
  }

  /** What the policy decides on, as the history of this cast has it. */
  facts({ name }: Pick<Actor, 'name'>, place: PlaceName): AccessFacts {
    const role = rolesInCase[name];
    const isIn = place === 'closed' ? name === 'lead' || name === 'contributor' : role !== undefined;
    if (!isIn || role === undefined || (place === 'evidence' && name === 'outsideCompartment')) return {};
    return { membership: { role, isClosed: place === 'closed' } };
  }

  /** Tokens anew, after the server was started again, and what was used up; who may not log in keeps the old token. */
  async beginAgain(): Promise<void> {
    this.#actors = await Promise.all(
      this.#actors.map(async (actor) => {
        if (actor.client === undefined || actor.name === 'revoked') return actor;
        await actor.client.login();
        return { ...actor, token: await actor.client.gateway.accessToken() };
      }),
    );
    this.#spareUpload = await this.#begin(this.lead, this.evidence);
  }

  async #admit(clients: ReadonlyMap<string, Client>): Promise<void> {
    const guests = (Object.keys(profiles) as ActorName[]).filter((name) => {
      return name !== 'lead' && (name in rolesInCase || name === 'removed' || name === 'revoked');
    });
    for (const name of guests) await trust(this.lead, personOf(this.world, name));
    await this.open.append(
      (scenes) =>
        guests.flatMap((name) => {
          const admission = admissionOf(this.world, name);
          const ids = scenes.ids.filter((id) => id !== this.evidence || name !== 'outsideCompartment');
          return ids.map((id) => scenes.note(composeAdd(scenes.scene(id), admission)));
        }),
      guests.map((name) => personOf(this.world, name)),
    );
    const contributor = admissionOf(this.world, 'contributor');
    const root = rootOf(this.closed.caseId);
    await this.closed.append((scenes) => [composeAdd(scenes.scene(root), contributor)], [contributor.personId]);
    await this.lead.cases.close(this.closed);
    const members = guests.filter((name) => name in rolesInCase);
    for (const name of members) await (clients.get(name) as Client).cases.open(this.open.caseId);
  }

  async #make(clients: ReadonlyMap<string, Client>): Promise<Objects> {
    const { lead, open, evidence } = this;
    const file = bytesSource('extract.bin', new Uint8Array(4_096).fill(1));
    const { objectId, version } = await lead.documents.upload(open, evidence, file);
    const uploads = new Map<ActorName, UploadId>();
    for (const name of ['lead', 'contributor', 'liaison', 'removed'] as const) {
      uploads.set(name, await this.#begin(clients.get(name) as Client, this.evidence));
    }
    const root = rootOf(open.caseId);
    uploads.set('outsideCompartment', await this.#begin(clients.get('outsideCompartment') as Client, root));
    const terms = { role: caseRoles.reader, history: { kind: 'from-now' } } as const;
    const invited = { personId: personOf(this.world, 'stranger') };
    const { invitationId } = await lead.invitations.invite(open, { invited, ...terms });
    const revocable = await lead.invitations.invite(open, { invited, ...terms });
    const offers = await (clients.get('stranger') as Client).invitations.received();
    const offer = offers.find(({ invitation }) => invitation.invitationId === invitationId);
    const call = { variables: {}, subject: actSubjects.listCases() };
    const { recordId } = await lead.gateway.tell(operations.casesOperation, call, () => undefined);
    if (offer === undefined || recordId === undefined) throw new Error('not everything was made');
    return {
      document: { objectId, version, uploadId: await uploadOf(this.lead, evidence, { objectId, version }) },
      ...{ uploads, offer: offer.signed },
      ...{ revocableOffer: revocable.invitationId, recordId: parseActId(recordId) },
    };
  }

  #begin({ gateway }: Client, compartmentId: CompartmentId): Promise<UploadId> {
    const variables = { compartmentId, sealedBytes: SEALED_BYTES };
    const call = { variables, subject: actSubjects.beginUpload(compartmentId) };
    return gateway.call(operations.beginUploadOperation, call, ({ beginUpload }) =>
      parseUploadId(beginUpload.uploadId),
    );
  }

  /** Every upload gets its only part, so that what stands in the way of a document is the right and nothing else. */
  async #send(clients: ReadonlyMap<string, Client>): Promise<void> {
    const channel = new Channel(this.world.url);
    for (const [name, uploadId] of this.objects.uploads) {
      const token = await (clients.get(name) as Client).gateway.accessToken();
      const sent = { headers: { 'content-type': 'application/octet-stream' }, body: contentOf };
      const { code } = await channel.route(token, 'PUT', `/uploads/${uploadId}/parts/0`, sent);
      if (code !== 'data') throw new Error(`the part of ${name} was not taken: ${code}`);
    }
  }

  async #end(clients: ReadonlyMap<string, Client>): Promise<void> {
    await this.lead.cases.remove(this.open, personOf(this.world, 'removed'));
    const { deviceId, authorityId } = this.world.keysOf(profiles.revoked);
    const entry = makeRevocation(
      {
        ...{ authorityId, serial: 1, target: revocationTargets.device, targetId: deviceId },
        ...{ action: revocationActions.revoke, reason: revocationReasons.lost },
        time: this.lead.gateway.acts.time(),
      },
      { registrars: [this.world.registrarKey(profiles.registrar)] },
    );
    await (clients.get('registrar') as Client).directory.append([entry]);
    await this.lead.directory.sync();
    await this.lead.cases.rotateWhenDue(this.open);
    await this.open.sync();
    await this.closed.sync();
  }
}

function personOf(world: World, name: ActorName): PersonId {
  if (name === 'nobody') throw new Error('nobody is no person');
  return world.keysOf(profiles[name]).personId;
}

function admissionOf(world: World, name: ActorName) {
  const notAfterMs = Date.now() + limits.maxCertificateMs / 2;
  const role = rolesInCase[name] ?? caseRoles.contributor;
  return { personId: personOf(world, name), role, history: { kind: 'all' }, notAfterMs } as const;
}

/** The keys with which somebody signs; nobody signs with the stranger's. */
export function keysOf({ world }: Cast, { name }: Pick<Actor, 'name'>): UnlockedKeyStore {
  return world.keysOf(profiles[name === 'nobody' ? 'stranger' : name]);
}

/** Where the bytes of a version are. */
async function uploadOf(
  { gateway, directory }: Client,
  compartmentId: CompartmentId,
  { objectId, version }: { readonly objectId: ObjectId; readonly version: number },
): Promise<string> {
  const [authority] = directory.view.authorities();
  if (authority === undefined) throw new Error('no authority');
  const input = { deviceId: parseDeviceId('0'.repeat(32)), authorityId: authority.authorityId, view: directory.view };
  const reason = sealJustification({ legalBasis: legalBases.trial }, { ...input, random: gateway.random });
  const subject = actSubjects.openDocument(compartmentId, objectId, version);
  const call = { variables: { compartmentId, objectId, version }, subject, reason };
  return gateway.call(operations.openDocumentOperation, call, ({ openDocument }) => openDocument.uploadId);
}

async function actorOf(name: ActorName, client: Client | undefined): Promise<Actor> {
  if (client === undefined) return { name };
  const token = await client.gateway.accessToken();
  const told = await client.whoAmI();
  const view = client.directory.view;
  const device = view.device(told.deviceId as Principal['deviceId']);
  const person = device && view.person(device.personId);
  if (device === undefined || person === undefined) throw new Error(`${name} is not in the directory`);
  const principal: Principal = {
    deviceId: device.deviceId,
    personId: device.personId,
    postId: person.certificate.postId,
    authorityId: person.authorityId,
    state: told.state,
    postKind: postKinds[told.postKind as PostKindName],
    roleCeiling: person.certificate.roleCeiling,
    signingKey: device.certificate.signingKey,
    sessionId: name,
  };
  return { name, client, token, ...(name === 'revoked' ? {} : { principal }) };
}
