import {
  type AuthorityId,
  CodecError,
  idBytes,
  idFromBytes,
  limits,
  type ObjectId,
  type PostId,
} from '@rogatory/kernel';
import { ByteReader, ByteWriter, valuesOf } from './codec.js';
import { sizes } from './purposes.js';

/** Where a task stands; the number is on the wire (docs/spec/tasks.md). */
export const taskStates = {
  proposed: 1,
  accepted: 2,
  declined: 3,
  inProgress: 4,
  blocked: 5,
  done: 6,
  verified: 7,
  cancelled: 8,
} as const;
export type TaskState = (typeof taskStates)[keyof typeof taskStates];
export type TaskStateName = keyof typeof taskStates;

/** What a change does to a task; the number is on the wire (docs/spec/tasks.md). */
export const taskActions = {
  propose: 1,
  accept: 2,
  decline: 3,
  start: 4,
  block: 5,
  finish: 6,
  sendBack: 7,
  verify: 8,
  cancel: 9,
  assign: 10,
  handOver: 11,
  edit: 12,
  check: 13,
  comment: 14,
} as const;
export type TaskAction = (typeof taskActions)[keyof typeof taskActions];
export type TaskActionName = keyof typeof taskActions;

/** Whom a task is assigned to: a post of an authority, or the authority as such. */
export interface TaskAssignee {
  /** ISO 3166-1 alpha-2, or "EU". */
  readonly state: string;
  readonly authorityId: AuthorityId;
  /** Absent while the authority has not said which of its posts. */
  readonly postId?: PostId;
}

/** A moment with the zone by whose clocks it was meant. */
export interface TaskDue {
  readonly timeMs: number;
  /** IANA name, such as "Europe/Paris". */
  readonly zone: string;
}

/** What everybody who carries a change of a task may read of it, the server included (docs/spec/tasks.md 2). */
export interface TaskFacts {
  readonly action: TaskAction;
  /** The state after the change. */
  readonly state: TaskState;
  /** Item hash of the change before; zero bytes in the first. */
  readonly previousHash: Uint8Array;
  /** The state that the task belongs to. */
  readonly owner: string;
  readonly assignee: TaskAssignee;
  readonly due?: TaskDue;
  /** Tasks of the same compartment that come first, in strictly ascending order. */
  readonly dependencies: readonly ObjectId[];
}

const MAGIC = 'RTF1';
const STATE = /^[A-Z]{2}$/;
const ZONE = /^[A-Za-z0-9_+/-]{1,64}$/;
const NO_POST = '0'.repeat(32);

/** @throws CodecError for what the decoder would refuse. */
export function encodeTaskFacts(facts: TaskFacts): Uint8Array {
  checkTaskFacts(facts);
  const { assignee, due } = facts;
  const writer = new ByteWriter().raw(new TextEncoder().encode(MAGIC)).u8(facts.action).u8(facts.state);
  writer.fixed(facts.previousHash, sizes.hash).fixed(new TextEncoder().encode(facts.owner), 2);
  writer.fixed(new TextEncoder().encode(assignee.state), 2).fixed(idBytes(assignee.authorityId), 16);
  writer.fixed(idBytes(assignee.postId ?? NO_POST), 16);
  writer.time(due?.timeMs ?? 0).text16(due?.zone ?? '');
  writer.u8(facts.dependencies.length);
  for (const id of facts.dependencies) writer.fixed(idBytes(id), 16);
  return writer.finish();
}

/** @throws CodecError. */
export function decodeTaskFacts(bytes: Uint8Array): TaskFacts {
  const reader = new ByteReader(bytes, limits.maxTaskFactsBytes).magic(MAGIC);
  const action = reader.oneOf(reader.u8(), valuesOf(taskActions));
  const state = reader.oneOf(reader.u8(), valuesOf(taskStates));
  const previousHash = reader.fixed(sizes.hash);
  const owner = new TextDecoder().decode(reader.fixed(2));
  const assignee = readAssignee(reader);
  const due = { timeMs: reader.time(), zone: reader.text16(limits.maxZoneBytes) };
  const count = reader.u8();
  if (count > limits.maxTaskDependencies) throw new CodecError('codec/range', 'too many dependencies');
  const dependencies = Array.from({ length: count }, () => idFromBytes<ObjectId>(reader.fixed(16)));
  reader.end();
  if (due.timeMs === 0 && due.zone !== '') throw new CodecError('codec/zone', 'a zone without a time');
  const dueFact = due.timeMs === 0 ? {} : { due };
  const facts: TaskFacts = { action, state, previousHash, owner, assignee, ...dueFact, dependencies };
  checkTaskFacts(facts);
  return facts;
}

function readAssignee(reader: ByteReader): TaskAssignee {
  const state = new TextDecoder().decode(reader.fixed(2));
  const authorityId = idFromBytes<AuthorityId>(reader.fixed(16));
  const postId = idFromBytes<PostId>(reader.fixed(16));
  return { state, authorityId, ...((postId as string) === NO_POST ? {} : { postId }) };
}

function checkTaskFacts({ owner, assignee, due, dependencies }: TaskFacts): void {
  const areStates = STATE.test(owner) && STATE.test(assignee.state);
  if (!areStates) throw new CodecError('codec/text', 'not a state code');
  if (due !== undefined && (due.timeMs === 0 || !ZONE.test(due.zone))) {
    throw new CodecError('codec/zone', 'not the name of a time zone');
  }
  const isInOrder = dependencies.every((id, i) => i === 0 || (dependencies[i - 1] as string) < id);
  const isWithin = dependencies.length <= limits.maxTaskDependencies;
  if (!isInOrder || !isWithin) throw new CodecError('codec/order', 'not in ascending order, or too many');
}
