import { type RogatoryError, systemRandom } from '@rogatory/kernel';
import { addedBy } from '@rogatory/audit/testing';
import { auditMigrations } from '@rogatory/audit';
import { caseMigrations, type ContentEntry, type LostAccess } from '@rogatory/cases';
import { type Actor, asksToPost, CaseWorld } from '@rogatory/cases/testing';
import type { ChainState } from '@rogatory/chain';
import { directoryMigrations } from '@rogatory/directory';
import { clockOf } from '@rogatory/directory/testing';
import { actSubjects } from '@rogatory/protocol';
import type { Database, Migration } from '@rogatory/platform-database';
import type { CutOffs } from '../application/cut-offs.js';
import { type Messages, openMessages } from '../open-messages.js';

export const messageMigrations: readonly Migration[] = [...auditMigrations, ...directoryMigrations, ...caseMigrations];

/** Messages over a test's cases. */
export class MessageWorld {
  readonly world: CaseWorld;
  readonly messages: Messages;
  readonly faults: unknown[] = [];
  readonly #watchers = new Set<{
    readonly deviceId: string;
    readonly compartmentId: string | undefined;
    readonly cut: (isSure: boolean) => void;
  }>();

  private constructor(world: CaseWorld) {
    this.world = world;
    this.messages = this.open();
    world.onLost = (access) => this.#cutHere(access);
    this.messages.start();
  }

  static async open(database: Database, options: { readonly seed: number; readonly persons: number }) {
    return new MessageWorld(await CaseWorld.open(database, options));
  }

  #cutHere(access: readonly LostAccess[]): void {
    for (const { compartmentId, deviceId } of access) {
      for (const watcher of this.#watchers) {
        if (watcher.deviceId === deviceId && watcher.compartmentId === compartmentId) watcher.cut(true);
      }
    }
  }

  /** Another process on the same database and bus, which hears of cut-offs by the bus alone. */
  elsewhere(): Messages {
    return this.open(false);
  }

  private open(isHere = true): Messages {
    const { server, database, bus, chains } = this.world;
    const { acts, recorder } = server.audit;
    const hub: CutOffs = {
      stands: () => true,
      watch: ({ deviceId }, compartmentId, cut) => {
        const watcher = { deviceId, compartmentId, cut };
        if (isHere) this.#watchers.add(watcher);
        return () => this.#watchers.delete(watcher);
      },
    };
    return openMessages({
      ...{ database, bus, clock: clockOf(chains.federation), random: systemRandom },
      ...{
        acts,
        recorder,
        audit: server.audit,
        hub,
        cases: this.world.open(),
        onFault: (error) => this.faults.push(error),
      },
    });
  }

  /** Posts one item of an actor; the state with it at the end when it was taken. */
  async say(state: ChainState, actor: Actor): Promise<ChainState> {
    const said = this.world.say(state, actor);
    const { result } = await this.messages.postItem.run(asksToPost(actor, said.item), said.item);
    if (result.kind !== 'posted') throw new RangeError('the head moved');
    return said.state;
  }

  async follow(actor: Actor, state: ChainState, after: number, messages = this.messages) {
    const { compartmentId } = state;
    const context = actor.acting.asks(actSubjects.subscribe(compartmentId));
    const { result } = await messages.subscribe.toCompartment(context, { compartmentId, after });
    return result;
  }

  /** What a piece of work comes to, and what it adds to the log. */
  added(work: () => Promise<unknown>): Promise<readonly string[]> {
    return addedBy(this.world.database, work);
  }

  async close(): Promise<void> {
    await this.messages.stop();
    await this.world.close();
  }
}

/** The positions that come, up to and with the last one. */
export async function takeUntil(
  events: AsyncIterableIterator<ContentEntry, undefined>,
  last: number,
): Promise<readonly number[]> {
  const positions: number[] = [];
  while ((positions.at(-1) ?? -1) < last) {
    const { value } = await events.next();
    if (value === undefined) break;
    positions.push(value.position);
  }
  return positions;
}

/** How a subscription ends. */
export async function endOf(events: AsyncIterableIterator<ContentEntry, undefined>): Promise<string> {
  try {
    for (let next = await events.next(); next.done !== true; next = await events.next());
    return 'ended';
  } catch (error) {
    return (error as RogatoryError).code;
  }
}
