import { type CompartmentId, type DeviceId, systemRandom } from '@rogatory/kernel';
import type { RequestContext } from '@rogatory/access';
import { applyItem, type AppliedLink, type ChainState } from '@rogatory/chain';
import { ChainWorld, type MadeLink } from '@rogatory/chain/testing';
import { ActingDevice, clockOf, openTestingDirectory, type TestingDirectory } from '@rogatory/directory/testing';
import type { WorldDevice } from '@rogatory/pki/testing';
import { actSubjects, caseRoles, type CaseRole, decodeSignedItem, decodeSignedLink } from '@rogatory/protocol';
import { type Bus, LocalBus } from '@rogatory/platform-bus';
import type { Database } from '@rogatory/platform-database';
import type { AppendOutcome } from './application/append-links.js';
import type { LostAccess } from './application/cut-off.js';
import type { LinkInput } from './application/link-submissions.js';
import { type Cases, openCases } from './open-cases.js';
import { SqlAnchoredCompartments } from './storage/sql-anchored-compartments.js';
import { SqlCaseOwners } from './storage/sql-case-owners.js';

/** A person of a test with one device, in the directory and able to act. */
export interface Actor {
  readonly device: WorldDevice;
  readonly acting: ActingDevice;
  readonly id: DeviceId;
}

/** A link with its boxes as a client would send it. */
export function inputOf({ bytes, boxes }: MadeLink): LinkInput {
  return { compartmentId: decodeSignedLink(bytes).link.compartmentId, link: bytes, boxes };
}

/** The context of a request that appends these links. */
export function asksToAppend(actor: Actor, links: readonly LinkInput[]): RequestContext {
  const bytes = links.map(({ link }) => link);
  return actor.acting.asks(actSubjects.appendLinks(decodeSignedLink(bytes[0] as Uint8Array).link, bytes));
}

/** The context of a request that posts this item. */
export function asksToPost(actor: Actor, item: Uint8Array): RequestContext {
  return actor.acting.asks(actSubjects.postItem(decodeSignedItem(item).header, item));
}

/** Cases over a test's database, with a federation whose members act by real, signed links. */
export class CaseWorld {
  readonly chains: ChainWorld;
  readonly actors: readonly Actor[];
  readonly lost: LostAccess[] = [];
  readonly bus: Bus;
  readonly cases: Cases;
  readonly server: TestingDirectory;
  readonly database: Database;
  /** Called with what is cut off, after it was noted. */
  onLost: (access: readonly LostAccess[]) => void = () => undefined;

  private constructor(parts: {
    readonly chains: ChainWorld;
    readonly actors: readonly Actor[];
    readonly server: TestingDirectory;
    readonly database: Database;
    readonly bus: Bus;
  }) {
    this.chains = parts.chains;
    this.actors = parts.actors;
    this.server = parts.server;
    this.database = parts.database;
    this.bus = parts.bus;
    this.cases = this.open();
  }

  /** A world of so many persons, each with one device; of one authority, or by turns of one in each of these states. */
  static async open(
    database: Database,
    { seed = 1, persons = 4, states = ['AA'] }: { seed?: number; persons?: number; states?: readonly string[] } = {},
  ): Promise<CaseWorld> {
    const chains = new ChainWorld(seed);
    const { federation } = chains;
    const authorities = states.map((state) => federation.authority(federation.oversightBody(state)));
    const devices = Array.from({ length: persons }, (_, i) => {
      const authority = authorities[i % authorities.length] as (typeof authorities)[number];
      return federation.device(federation.person(authority));
    });
    const bus = new LocalBus((error) => {
      throw error;
    });
    const parts = { owners: new SqlCaseOwners(), compartments: new SqlAnchoredCompartments() };
    const server = await openTestingDirectory({ database, world: federation, bus, ...parts });
    const actors = devices.map((device) => ({ device, acting: new ActingDevice(federation, device), id: device.id }));
    return new CaseWorld({ chains, actors, server, database, bus });
  }

  /** Another process on the same database. */
  open(): Cases {
    const { audit, directory } = this.server;
    const lost = (access: readonly LostAccess[]) => {
      this.lost.push(...access);
      this.onLost(access);
    };
    return openCases({
      ...{ database: this.database, bus: this.bus, clock: clockOf(this.chains.federation), random: systemRandom },
      ...{ acts: audit.acts, recorder: audit.recorder, directory: directory.reader, cutOff: { lost } },
      anchors: audit.anchors,
    });
  }

  actor(index: number): Actor {
    const actor = this.actors[index];
    if (actor === undefined) throw new RangeError('no such actor');
    return actor;
  }

  leaf(actor: Actor, role: CaseRole = caseRoles.contributor) {
    return this.chains.leaf(actor.device, role);
  }

  /** A case that the first of these leads, with the others as contributors; the chain's state after it. */
  async createCase(lead: Actor, others: readonly Actor[] = []): Promise<ChainState> {
    const members = [this.leaf(lead, caseRoles.lead), ...others.map((other) => this.leaf(other))];
    this.chains.root = undefined;
    const made = this.chains.genesis(lead.device, members);
    const links = [inputOf(made)];
    const { result } = await this.cases.appendLinks.run(asksToAppend(lead, links), { links });
    if (result.kind !== 'appended') throw new RangeError('a new case has no older head');
    return this.chains.apply(undefined, made.bytes).state;
  }

  /** Sends a link and, when it landed, applies it. */
  async append(
    actor: Actor,
    made: MadeLink,
    state: ChainState,
  ): Promise<{ readonly outcome: AppendOutcome; readonly applied: AppliedLink | undefined }> {
    const links = [inputOf(made)];
    const command = { caseId: state.caseId, links };
    const { result } = await this.cases.appendLinks.run(asksToAppend(actor, links), command);
    return { outcome: result, applied: result.kind === 'appended' ? this.chains.apply(state, made.bytes) : undefined };
  }

  /** An item and the state with it at the end. */
  say(state: ChainState, actor: Actor): { readonly item: Uint8Array; readonly state: ChainState } {
    const item = this.chains.item(state, { sender: actor.device });
    return { item, state: applyItem(state, item, this.chains.facts()).state };
  }

  async close(): Promise<void> {
    await this.server.close();
    await this.bus.close();
  }
}

/** The id of a case's root compartment. */
export function rootOf(state: ChainState): CompartmentId {
  return state.caseId as string as CompartmentId;
}
