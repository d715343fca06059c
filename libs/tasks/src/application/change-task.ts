import { accessRefused, type RequestContext } from '@rogatory/access';
import { type ActPlan, type ActRunner, databasePrincipalOf } from '@rogatory/audit';
import {
  type Answered,
  answered,
  type CompartmentReader,
  type ContentLogWriter,
  isRepeated,
  type MovedHead,
  parseItem,
  type ParsedItem,
  type PlacedItem,
  postedEarlier,
} from '@rogatory/cases';
import { itemHash } from '@rogatory/chain';
import { changeTask, type TaskCounts, type TaskLookup } from '@rogatory/coordination';
import {
  auditObjectKinds,
  decodeSignedItem,
  itemClasses,
  type Member,
  nameOf,
  taskActions,
  type TaskFacts,
  taskStates,
} from '@rogatory/protocol';
import type { Database, Reader } from '@rogatory/platform-database';
import type { StoredTask } from '../domain/stored-task.js';
import { wrongItem } from '../domain/tasks.errors.js';
import type { TaskStore } from './task.store.js';

export interface ChangeTaskParts {
  readonly database: Pick<Database, 'read'>;
  readonly acts: Pick<ActRunner, 'run' | 'promisedBefore'>;
  readonly tasks: Pick<TaskStore, 'find' | 'counts' | 'outlines' | 'put'>;
  readonly logWriter: Pick<ContentLogWriter, 'facts' | 'sender' | 'place'>;
  readonly compartments: Pick<CompartmentReader, 'placedBy'>;
}

/** What became of the change of a task. */
export type ChangeOutcome =
  | ({ readonly kind: 'posted' } & PlacedItem)
  | { readonly kind: 'stale'; readonly head: MovedHead };

/** A member changes a task: the item takes its place in the log and the task its new state, in one transaction. */
export class ChangeTask {
  readonly #parts: ChangeTaskParts;

  constructor(parts: ChangeTaskParts) {
    this.#parts = parts;
  }

  /**
   * An act that came before with effect is answered with that effect.
   * @throws RefusedError `access/refused`, and what `changeTask` throws (`task/stale` names the version in force);
   * VerificationError `tasks/item`; CodecError; whatever the chain's rules throw.
   */
  async run(ctx: RequestContext, bytes: Uint8Array): Promise<Answered<ChangeOutcome>> {
    try {
      return answered(await this.#parts.acts.run(ctx, 'mutation.changeTask', () => this.#plan(ctx, bytes)));
    } catch (error) {
      const earlier = isRepeated(error) ? await this.#earlier(ctx) : undefined;
      if (earlier === undefined) throw error;
      return earlier;
    }
  }

  #plan(ctx: RequestContext, bytes: Uint8Array): ActPlan<ChangeOutcome> {
    const { logWriter } = this.#parts;
    const item = parseItem(bytes);
    const { itemClass, task: facts } = item.header;
    if (itemClass !== itemClasses.task || facts === undefined) throw wrongItem();
    return {
      ...item.subject,
      facts: (reader) => logWriter.facts(reader, ctx, item),
      perform: async (writer, act) => {
        if (act === undefined) throw accessRefused('no-session');
        if (item.header.senderDevice !== ctx.principal?.deviceId) throw accessRefused('not-own');
        const sender = logWriter.sender(writer, item);
        const placed = await logWriter.place(writer, item, act);
        if ('refusal' in placed) return { result: { kind: 'stale', head: placed.head }, refusal: placed.refusal };
        if (sender === undefined) throw accessRefused('not-a-member');
        const stored = await this.#changed(writer, { item, facts, sender, placed });
        await this.#parts.tasks.put(writer, stored, act.act.actId);
        return { result: { kind: 'posted', ...placed }, what: whatOf(item, stored, facts) };
      },
    };
  }

  async #changed(reader: Reader, { item, facts, sender, placed }: JudgedChange): Promise<StoredTask> {
    const { caseId, compartmentId, objectId: taskId, version } = item.header;
    const before = await this.#parts.tasks.find(reader, compartmentId, taskId);
    const change = { taskId, version, itemHash: itemHash(decodeSignedItem(item.bytes)), facts, actor: sender };
    const task = changeTask(before, change, await this.#others(reader, { item, facts, sender }));
    const isNewState = task.state !== before?.state || facts.action === taskActions.assign;
    const sinceMs = isNewState ? placed.receivedAtMs : before.sinceMs;
    return { ...task, caseId, compartmentId, position: placed.position, sinceMs };
  }

  /** Only what the rule asks for: most changes are about one task alone. */
  async #others(
    reader: Reader,
    { item, facts, sender }: Pick<JudgedChange, 'item' | 'facts' | 'sender'>,
  ): Promise<TaskLookup> {
    const { tasks } = this.#parts;
    const { compartmentId } = item.header;
    const { action, dependencies } = facts;
    const isFirst = action === taskActions.propose;
    const counts = isFirst ? await tasks.counts(reader, compartmentId, sender.personId) : NO_TASKS;
    const isLooking = dependencies.length > 0 && LOOKING.has(action);
    const outlines = isLooking ? await tasks.outlines(reader, compartmentId) : [];
    const byId = new Map(outlines.map((outline) => [outline.taskId, outline]));
    return { counts: () => counts, find: (id) => byId.get(id) };
  }

  async #earlier(ctx: RequestContext): Promise<Answered<ChangeOutcome> | undefined> {
    const reading = databasePrincipalOf(ctx.principal);
    return this.#parts.database.read(reading, (reader) => postedEarlier(reader, ctx, this.#parts));
  }
}

/** Changes that are judged by the tasks that come first. */
const LOOKING: ReadonlySet<TaskFacts['action']> = new Set([taskActions.propose, taskActions.edit, taskActions.finish]);

const NO_TASKS: TaskCounts = { all: 0, open: 0, allOfAuthor: 0, openOfAuthor: 0 };

interface JudgedChange {
  readonly item: ParsedItem;
  readonly facts: TaskFacts;
  readonly sender: Member;
  readonly placed: PlacedItem;
}

function whatOf({ bytes }: ParsedItem, { lastHash, state }: StoredTask, { action }: TaskFacts) {
  const detail = `task action=${nameOf(taskActions, action)} state=${nameOf(taskStates, state)}`;
  return { objectHash: lastHash, objectKind: auditObjectKinds.item, bytes: bytes.length, count: 1, detail };
}
