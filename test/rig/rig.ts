import { rm } from 'node:fs/promises';
import { type Client, type OpenCase, rootOf } from '@rogatory/client';
import { type CaseId, type CompartmentId, isRogatoryError, type PersonId, RogatoryError } from '@rogatory/kernel';
import { type CaseRole, caseRoles, legalBases } from '@rogatory/protocol';
import { onEmbedded, type WorldDatabase } from '../world/engines.js';
import { asAdministrator } from '../world/rows.js';
import { type ClientWay, World, type WorldOptions } from '../world/world.js';
import { EvilProxy, type Json, type JsonObject } from './evil-proxy.js';

export const justification = {
  legalBasis: legalBases.jointInvestigationTeam,
  instrument: 'JIT-2026-1',
  text: 'for the indictment',
};

/** A real server, a lying proxy before it, a prosecutor who leads a case and a judge of another state who is in it. */
export class Rig {
  readonly world: World;
  readonly proxy: EvilProxy;
  readonly lead: Client;
  #judge: Client;
  caseId: CaseId;
  /** A further compartment with both as members. */
  evidence: CompartmentId;

  private constructor(parts: Pick<Rig, 'world' | 'proxy' | 'lead'> & { judge: Client; open: OpenCase }) {
    this.world = parts.world;
    this.proxy = parts.proxy;
    this.lead = parts.lead;
    this.#judge = parts.judge;
    this.caseId = parts.open.caseId;
    this.evidence = furtherOf(parts.open);
  }

  static async start(database?: WorldDatabase, options: WorldOptions = {}): Promise<Rig> {
    const world = await World.start(database ?? (await onEmbedded()), options);
    const proxy = await EvilProxy.start(world.url);
    const lead = await world.client('prosecutor-xa', { route: proxy.route(world.url) });
    const judge = await world.client('judge-xb', { route: proxy.route(world.url) });
    const open = await lead.cases.create({ title: 'Operation Harbour', compartments: ['Evidence'] });
    const rig = new Rig({ world, proxy, lead, judge, open });
    await rig.admit(open, 'judge-xb', judge);
    return rig;
  }

  get judge(): Client {
    return this.#judge;
  }

  /** The judge's client started anew, on the state it saved. */
  async judgeAgain(): Promise<Client> {
    this.#judge = await this.world.client('judge-xb', { route: this.proxy.route(this.world.url) });
    return this.#judge;
  }

  client(profile: string, way: Pick<ClientWay, 'clock' | 'stateStore'> = {}): Promise<Client> {
    return this.world.client(profile, { route: this.proxy.route(this.world.url), ...way });
  }

  personOf(profile: string): PersonId {
    const device = this.world.devices.get(profile);
    if (device === undefined) throw new Error(`no such person: ${profile}`);
    return device.content.personId;
  }

  /** Offer, answer, comparison of fingerprints, admission. */
  async admit(open: OpenCase, profile: string, client: Client, role: CaseRole = caseRoles.contributor): Promise<void> {
    const personId = this.personOf(profile);
    await this.lead.invitations.invite(open, {
      invited: { personId },
      role,
      history: { kind: 'all' },
      compartments: open.compartments.map(({ compartmentId }) => compartmentId),
    });
    await trust(client, this.personOf('prosecutor-xa'));
    const offer = (await client.invitations.received()).find(({ invitation }) => invitation.caseId === open.caseId);
    if (offer === undefined) throw new Error('no invitation arrived');
    await client.invitations.accept(offer);
    await trust(this.lead, personId);
    const answered = (await this.lead.invitations.ofCase(open)).find(
      ({ invitation }) => invitation.invitationId === offer.invitation.invitationId,
    );
    if (answered === undefined) throw new Error('no answer arrived');
    await this.lead.invitations.admit(open, answered, { personId });
  }

  /** Another case of the same two people, for what spoils one. */
  async newCase(): Promise<{ open: OpenCase; evidence: CompartmentId }> {
    const open = await this.lead.cases.create({ title: 'Operation Lagoon', compartments: ['Evidence'] });
    await this.admit(open, 'judge-xb', this.#judge);
    return { open, evidence: furtherOf(open) };
  }

  /** Edits rows as the administrator of the database can, with the server stopped, and starts it again. */
  async edit(statements: readonly string[]): Promise<void> {
    await this.world.restart(() =>
      asAdministrator(this.world.configuration, async (ask) => {
        // Triggers and foreign keys do not bind whoever owns the database.
        await ask("SET session_replication_role = 'replica'");
        for (const statement of statements) await ask(statement);
      }),
    );
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await this.world.stop();
    await rm(`${this.world.folder}-fork`, { recursive: true, force: true });
  }
}

export async function trust(client: Client, personId: PersonId): Promise<void> {
  await client.directory.syncWhenOld();
  const { fingerprint } = client.contacts.contact(personId);
  await client.contacts.confirmCompared(personId, fingerprint.words.join(' '));
}

export function furtherOf(open: OpenCase): CompartmentId {
  const further = open.compartments.find(({ compartmentId }) => compartmentId !== rootOf(open.caseId));
  if (further === undefined) throw new Error('no further compartment');
  return further.compartmentId;
}

/** The error that work ends with. @throws when it ends well, or with anything but a typed error of the product. */
export async function refusalOf(work: Promise<unknown>): Promise<RogatoryError> {
  try {
    await work;
  } catch (error) {
    if (isRogatoryError(error)) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** A field on a path through an answer; to be written to. */
export function at(answer: Json | undefined, ...path: readonly (string | number)[]): JsonObject {
  let value: Json | undefined = answer;
  for (const key of path) value = (value as { [key: string]: Json } | undefined)?.[key];
  if (typeof value !== 'object' || value === null) throw new Error(`nothing at ${path.join('.')}`);
  return value as JsonObject;
}

/** Base64 with one byte changed. */
export function flipped(base64: Json | undefined, index: number, mask = 0x01): string {
  const bytes = Buffer.from(typeof base64 === 'string' ? base64 : '', 'base64');
  const place = ((index % bytes.length) + bytes.length) % bytes.length;
  bytes[place] = (bytes[place] as number) ^ mask;
  return bytes.toString('base64');
}
