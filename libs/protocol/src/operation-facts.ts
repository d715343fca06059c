import { CodecError, idBytes, idFromBytes, limits, type ObjectId, type PersonId } from '@rogatory/kernel';
import { ByteReader, ByteWriter, valuesOf } from './codec.js';
import { type Moment, readMoment, writeMoment } from './moment.js';
import { sizes } from './purposes.js';
import { readTime, type SignedTime, writeTime } from './signed-time.js';

/** What a record does to an operation (docs/spec/operations.md 2); the number is on the wire. */
export const operationActs = {
  plan: 1,
  call: 2,
  suspend: 3,
  resume: 4,
  abort: 5,
  finish: 6,
  freeze: 7,
  vote: 8,
  entry: 9,
  hold: 10,
  restore: 11,
  endorse: 12,
  debrief: 13,
} as const;
export type OperationActName = keyof typeof operationActs;

export const operationKinds = {
  jointActionDay: 1,
  controlledDelivery: 2,
  assetTracing: 3,
  coordinationMeeting: 4,
} as const;
export type OperationKind = (typeof operationKinds)[keyof typeof operationKinds];
export type OperationKindName = keyof typeof operationKinds;

export const votes = { go: 1, noGo: 2, takenBack: 3 } as const;
export type Vote = (typeof votes)[keyof typeof votes];

/** A state that takes part, and who speaks for it. */
export interface OperationParty {
  readonly state: string;
  /** No go without it. */
  readonly isRequired: boolean;
  readonly representatives: readonly PersonId[];
}

/** Who takes part, when it begins, and how many must agree. */
export interface PlanFacts {
  readonly kind: OperationKind;
  readonly start: Moment;
  /** How many states must say go. */
  readonly needed: number;
  readonly parties: readonly OperationParty[];
}

/** When somebody did what they report, by their own clock. */
export interface ActedFacts {
  readonly acted: SignedTime;
  /** The report waited in an outbox. */
  readonly isQueued: boolean;
}

interface FactsBase {
  readonly operationId: ObjectId;
  /** The state that the author acts for. */
  readonly state: string;
}

/** What everybody may read of a record of an operation; the rest is sealed. */
export type OperationFacts = FactsBase &
  (
    | ({ readonly act: 'plan' } & PlanFacts)
    | { readonly act: 'call'; readonly planHash: Uint8Array; readonly expiresAtMs: number }
    | { readonly act: 'suspend' | 'resume' | 'abort' | 'finish' | 'freeze' | 'debrief' }
    | { readonly act: 'vote'; readonly callHash: Uint8Array; readonly vote: Vote }
    | ({ readonly act: 'entry' } & ActedFacts)
    | ({ readonly act: 'hold' | 'restore'; readonly alertId: ObjectId } & ActedFacts)
    | { readonly act: 'endorse'; readonly freezeHash: Uint8Array }
  );

const STATE = /^[A-Z]{2}$/;
const QUEUED = 1;
const REQUIRED = 1;

export function encodeOperationFacts(facts: OperationFacts): Uint8Array {
  const writer = new ByteWriter().u8(operationActs[facts.act]).fixed(idBytes(facts.operationId), 16);
  writeState(writer, facts.state);
  writeRest(writer, facts);
  return writer.finish();
}

/** @throws CodecError for anything that is not the one encoding of facts. */
export function decodeOperationFacts(bytes: Uint8Array): OperationFacts {
  const reader = new ByteReader(bytes, limits.maxOperationFactsBytes);
  const act = actNames.get(reader.u8());
  if (act === undefined) throw new CodecError('codec/unknown-value', 'unknown act of an operation');
  const base = { operationId: idFromBytes<ObjectId>(reader.fixed(16)), state: readState(reader) };
  const facts = readRest(reader, act, base);
  reader.end();
  return facts;
}

const actNames = new Map(Object.entries(operationActs).map(([name, act]) => [act as number, name as OperationActName]));

function writeRest(writer: ByteWriter, facts: OperationFacts): void {
  switch (facts.act) {
    case 'plan':
      writePlanFacts(writer, facts);
      return;
    case 'call':
      writer.fixed(facts.planHash, sizes.hash).time(facts.expiresAtMs);
      return;
    case 'vote':
      writer.fixed(facts.callHash, sizes.hash).u8(facts.vote);
      return;
    case 'entry':
      writeActed(writer, facts);
      return;
    case 'hold':
    case 'restore':
      writeActed(writer, facts);
      writer.fixed(idBytes(facts.alertId), 16);
      return;
    case 'endorse':
      writer.fixed(facts.freezeHash, sizes.hash);
      return;
    default:
  }
}

function readRest(reader: ByteReader, act: OperationActName, base: FactsBase): OperationFacts {
  switch (act) {
    case 'plan':
      return { act, ...base, ...readPlanFacts(reader) };
    case 'call':
      return { act, ...base, planHash: reader.fixed(sizes.hash), expiresAtMs: reader.time() };
    case 'vote':
      return { act, ...base, callHash: reader.fixed(sizes.hash), vote: reader.oneOf(reader.u8(), valuesOf(votes)) };
    case 'entry':
      return { act, ...base, ...readActed(reader) };
    case 'hold':
    case 'restore':
      return { act, ...base, ...readActed(reader), alertId: idFromBytes<ObjectId>(reader.fixed(16)) };
    case 'endorse':
      return { act, ...base, freezeHash: reader.fixed(sizes.hash) };
    default:
      return { act, ...base };
  }
}

function writePlanFacts(writer: ByteWriter, facts: PlanFacts): void {
  writer.u8(facts.kind);
  writeMoment(writer, facts.start);
  writer.u8(facts.needed).u8(facts.parties.length);
  for (const { state, isRequired, representatives } of facts.parties) {
    writeState(writer, state);
    writer.u8(isRequired ? REQUIRED : 0).u8(representatives.length);
    for (const person of representatives) writer.fixed(idBytes(person), 16);
  }
  checkPlanFacts(facts);
}

function readPlanFacts(reader: ByteReader): PlanFacts {
  const kind = reader.oneOf(reader.u8(), valuesOf(operationKinds));
  const start = readMoment(reader);
  const needed = reader.u8();
  const parties = Array.from({ length: reader.u8() }, () => ({
    state: readState(reader),
    isRequired: readFlag(reader, REQUIRED),
    representatives: Array.from({ length: reader.u8() }, () => idFromBytes<PersonId>(reader.fixed(16))),
  }));
  const facts: PlanFacts = { kind, start, needed, parties };
  checkPlanFacts(facts);
  return facts;
}

/** SPEC: operations 2 — parties and their representatives in ascending order; as many needed as can and must agree. */
function checkPlanFacts({ needed, parties }: PlanFacts): void {
  const required = parties.filter(({ isRequired }) => isRequired).length;
  const isQuorum = needed >= 1 && needed >= required && needed <= parties.length;
  const isBounded = parties.length <= limits.maxOperationParties;
  if (!isBounded || !isQuorum) throw new CodecError('codec/range', 'not a quorum of the parties');
  const hasSpeakers = parties.every(
    ({ representatives: { length } }) => length >= 1 && length <= limits.maxRepresentatives,
  );
  if (!hasSpeakers) throw new CodecError('codec/range', 'a party without representatives, or with too many');
  const isOrdered =
    isAscending(parties.map(({ state }) => state)) &&
    parties.every(({ representatives }) => isAscending(representatives));
  if (!isOrdered) throw new CodecError('codec/order', 'out of order or repeated');
}

function writeActed(writer: ByteWriter, { acted, isQueued }: ActedFacts): void {
  writeTime(writer, acted);
  writer.u8(isQueued ? QUEUED : 0);
}

function readActed(reader: ByteReader): ActedFacts {
  return { acted: readTime(reader), isQueued: readFlag(reader, QUEUED) };
}

function readFlag(reader: ByteReader, flag: number): boolean {
  return reader.oneOf(reader.u8(), [0, flag]) === flag;
}

/** Two capital letters: a state of ISO 3166-1, or `EU`. */
export function writeState(writer: ByteWriter, state: string): void {
  if (!STATE.test(state)) throw new CodecError('codec/text', 'not a state code');
  writer.fixed(new TextEncoder().encode(state), 2);
}

export function readState(reader: ByteReader): string {
  const state = String.fromCharCode(...reader.fixed(2));
  if (!STATE.test(state)) throw new CodecError('codec/text', 'not a state code');
  return state;
}

/** Whether each is greater than the one before. */
export function isAscending<Value extends string | number>(values: readonly Value[]): boolean {
  return values.every((value, i) => i === 0 || (values[i - 1] as Value) < value);
}
