import { auditMigrations } from '@rogatory/audit';
import { addedBy } from '@rogatory/audit/testing';
import { caseMigrations } from '@rogatory/cases';
import { type Actor, asksToPost, CaseWorld } from '@rogatory/cases/testing';
import { applyItem, type ChainState, itemHash } from '@rogatory/chain';
import { directoryMigrations } from '@rogatory/directory';
import type { ObjectId } from '@rogatory/kernel';
import {
  actSubjects,
  decodeSignedItem,
  itemClasses,
  type ItemHeader,
  type OperationFacts,
  operationKinds,
  type PlanFacts,
} from '@rogatory/protocol';
import type { Database, Migration } from '@rogatory/platform-database';
import { openOperations, type Operations } from '../open-operations.js';
import { operationMigrations } from '../storage/operation-migrations.js';

export const operationWorldMigrations: readonly Migration[] = [
  ...auditMigrations,
  ...directoryMigrations,
  ...caseMigrations,
  ...operationMigrations,
];

export type GivenFacts<Facts = OperationFacts> = Facts extends OperationFacts
  ? Omit<Facts, 'operationId' | 'state'> & { readonly state?: string }
  : never;

const commands: readonly string[] = ['plan', 'call', 'suspend', 'resume', 'abort', 'finish', 'freeze'];

/** One operation as its author knows it: the newest version, and hashes of what was taken by its act. */
export interface KnownOperation {
  readonly operationId: ObjectId;
  version: number;
  readonly hashes: Map<OperationFacts['act'], Uint8Array>;
}

/** Operations in one case of a test: the first person leads it, the last is a stranger, the others contribute. */
export class OperationWorld {
  readonly world: CaseWorld;
  readonly operations: Operations;
  state: ChainState;

  private constructor(world: CaseWorld, operations: Operations, state: ChainState) {
    this.world = world;
    this.operations = operations;
    this.state = state;
  }

  static async open(
    database: Database,
    options: { readonly seed: number; readonly states: readonly string[]; readonly persons: number },
  ): Promise<OperationWorld> {
    const world = await CaseWorld.open(database, options);
    const operations = openOperations({ database, acts: world.server.audit.acts, cases: world.cases });
    const members = world.actors.slice(1, -1);
    return new OperationWorld(world, operations, await world.createCase(world.actor(0), members));
  }

  /** A plan of a joint action day of these persons' states, each its state's representative; all must say go. */
  planFacts(actors: readonly Actor[], changes: Partial<PlanFacts> = {}): PlanFacts & { readonly act: 'plan' } {
    const parties = actors
      .map((actor) => ({ state: stateOf(actor), isRequired: true, representatives: [actor.device.person.id] }))
      .toSorted((a, b) => (a.state < b.state ? -1 : 1));
    const start = { time: { timeMs: this.nowMs + 3_600_000, offsetMinutes: 60 }, zone: 'Europe/Paris' };
    return {
      ...{ act: 'plan', kind: operationKinds.jointActionDay, start, needed: parties.length, parties },
      ...changes,
    };
  }

  get nowMs(): number {
    return this.world.chains.federation.nowMs;
  }

  /** What an entry says of when it happened. */
  get acted() {
    return { acted: this.world.chains.federation.time, isQueued: false };
  }

  /** A signed record; not sent. */
  itemOf(actor: Actor, known: KnownOperation, given: GivenFacts, forged: Partial<ItemHeader> = {}): Uint8Array {
    const facts = { state: stateOf(actor), ...given, operationId: known.operationId } as OperationFacts;
    const isCommand = commands.includes(facts.act);
    const objectId = isCommand ? known.operationId : this.world.chains.federation.id<ObjectId>();
    const header = { itemClass: itemClasses.operation, objectId, version: isCommand ? known.version + 1 : 1 };
    return this.world.chains.item(this.state, {
      sender: actor.device,
      forged: { ...header, operation: facts, ...forged },
    });
  }

  async send(actor: Actor, known: KnownOperation, item: Uint8Array): Promise<void> {
    const { result } = await this.operations.changeOperation.run(asksToPost(actor, item), item);
    if (result.kind !== 'posted') throw new RangeError('the head moved');
    this.take(known, item);
  }

  /** Notes a record that was taken. */
  take(known: KnownOperation, item: Uint8Array): void {
    this.state = applyItem(this.state, item, this.world.chains.facts()).state;
    const signed = decodeSignedItem(item);
    const { objectId, version, operation } = signed.header;
    if (objectId === known.operationId) known.version = version;
    if (operation !== undefined) known.hashes.set(operation.act, itemHash(signed));
  }

  async act(actor: Actor, known: KnownOperation, given: GivenFacts): Promise<void> {
    await this.send(actor, known, this.itemOf(actor, known, given));
  }

  async plan(lead: Actor, parties: readonly Actor[], changes: Partial<PlanFacts> = {}): Promise<KnownOperation> {
    const known = { operationId: this.world.chains.federation.id<ObjectId>(), version: 0, hashes: new Map() };
    await this.act(lead, known, this.planFacts(parties, changes));
    return known;
  }

  async call(lead: Actor, known: KnownOperation): Promise<void> {
    const planHash = known.hashes.get('plan') as Uint8Array;
    await this.act(lead, known, { act: 'call', planHash, expiresAtMs: this.nowMs + 3_600_000 });
  }

  vote(known: KnownOperation, vote: 1 | 2 | 3): GivenFacts {
    return { act: 'vote', callHash: known.hashes.get('call') as Uint8Array, vote };
  }

  /** Plan, call and go of all. */
  async go(lead: Actor, parties: readonly Actor[]): Promise<KnownOperation> {
    const known = await this.plan(lead, parties);
    await this.call(lead, known);
    for (const party of parties) await this.act(party, known, this.vote(known, 1));
    return known;
  }

  async list(actor: Actor, page: { readonly first?: number; readonly after?: ObjectId } = {}) {
    const { compartmentId } = this.state;
    const context = actor.acting.asks(actSubjects.listOperations(compartmentId));
    return (await this.operations.readOperations.list(context, { compartmentId, ...page })).result;
  }

  async find(known: KnownOperation) {
    const { operations } = await this.list(this.world.actor(0));
    const found = operations.find(({ status }) => status.operationId === known.operationId);
    if (found === undefined) throw new RangeError('no such operation');
    return found;
  }

  /** What a piece of work comes to, and what it adds to the log. */
  added(work: () => Promise<unknown>): Promise<readonly string[]> {
    return addedBy(this.world.database, work);
  }
}

export function stateOf({ device }: Actor): string {
  return device.person.authority.record.state;
}
