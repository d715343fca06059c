import { CodecError, idBytes, idFromBytes, limits, type ObjectId, type PersonId } from '@rogatory/kernel';
import {
  type CastVote,
  type OperationCall,
  type OperationDecision,
  operationStages,
  type OperationStatus,
} from '@rogatory/coordination';
import {
  ByteReader,
  ByteWriter,
  decodeOperationFacts,
  encodeOperationFacts,
  type OperationFacts,
  sizes,
  valuesOf,
  votes,
} from '@rogatory/protocol';

/** Of one operation: facts of the plan, two calls of 64 votes, 100 holds, 512 endorsements: some 25 kB. */
export const MAX_STATUS_BYTES = 64 * 1024;
const FORM = 1;
const outcomes = ['go', 'no-go', 'expired'] as const;
const ends = ['finished', 'aborted'] as const;

/** A status as a row keeps it: read and written by this server alone. */
export function encodeStatus(status: OperationStatus, planState: string): Uint8Array {
  const writer = new ByteWriter().u8(FORM).u8(operationStages.indexOf(status.stage)).u32(status.version);
  writer.fixed(idBytes(status.operationId), 16).time(status.logTimeMs).u32(status.records);
  const plan: OperationFacts = { ...status.plan, act: 'plan', operationId: status.operationId, state: planState };
  writer.bytes16(encodeOperationFacts(plan)).fixed(status.planHash, sizes.hash).u64(status.planPlace);
  writeOptional(writer, status.call, writeCall);
  writeOptional(writer, status.decision, ({ call, outcome, place }) => {
    writeCall(call, writer.u8(outcomes.indexOf(outcome)).u64(place));
  });
  writeList(writer, [...status.suspendedBy], (state) => writer.text16(state));
  writeList(writer, [...status.held], ([alertId, state]) => writer.fixed(idBytes(alertId), 16).text16(state));
  writeList(writer, [...status.endorsed], ([person, state]) => writer.fixed(idBytes(person), 16).text16(state));
  writeOptional(writer, status.end, ({ outcome, place, timeMs }) => {
    writer.u8(ends.indexOf(outcome)).u64(place).time(timeMs);
  });
  writeOptional(writer, status.freeze, ({ hash, place }) => {
    writer.fixed(hash, sizes.hash).u64(place);
  });
  return writer.finish();
}

/** @throws CodecError for bytes that `encodeStatus` did not write. */
export function decodeStatus(bytes: Uint8Array): OperationStatus {
  const reader = new ByteReader(bytes, MAX_STATUS_BYTES);
  if (reader.u8() !== FORM) throw new CodecError('codec/unknown-value', 'another form of status');
  const stage = oneOf(operationStages, reader.u8());
  const version = reader.u32();
  const operationId = idFromBytes<ObjectId>(reader.fixed(16));
  const [logTimeMs, records] = [reader.time(), reader.u32()];
  const plan = decodeOperationFacts(reader.bytes16(limits.maxOperationFactsBytes));
  if (plan.act !== 'plan') throw new CodecError('codec/unknown-value', 'not the facts of a plan');
  const [planHash, planPlace] = [reader.fixed(sizes.hash), reader.u64()];
  const call = readOptional(reader, readCall);
  const decision = readOptional(reader, readDecision);
  const suspendedBy = new Set(readList(reader, () => reader.text16(2)));
  const held = new Map(readList(reader, () => [idFromBytes<ObjectId>(reader.fixed(16)), reader.text16(2)] as const));
  const endorsed = new Map(
    readList(reader, () => [idFromBytes<PersonId>(reader.fixed(16)), reader.text16(2)] as const),
  );
  const end = readOptional(reader, () => {
    return { outcome: oneOf(ends, reader.u8()), place: reader.u64(), timeMs: reader.time() };
  });
  const freeze = readOptional(reader, () => ({ hash: reader.fixed(sizes.hash), place: reader.u64() }));
  reader.end();
  return {
    ...{ operationId, stage, version, logTimeMs, records, plan, planHash, planPlace, suspendedBy, held, endorsed },
    ...(call && { call }),
    ...(decision && { decision }),
    ...(end && { end }),
    ...(freeze && { freeze }),
  };
}

function writeCall({ hash, planHash, place, expiresAtMs, votes: cast }: OperationCall, writer: ByteWriter): void {
  writer.fixed(hash, sizes.hash).fixed(planHash, sizes.hash).u64(place).time(expiresAtMs);
  writeList(writer, [...cast], ([state, { vote, personId, place: at }]) => {
    writer.text16(state).u8(vote).fixed(idBytes(personId), 16).u64(at);
  });
}

function readCall(reader: ByteReader): OperationCall {
  const hashes = { hash: reader.fixed(sizes.hash), planHash: reader.fixed(sizes.hash) };
  const [place, expiresAtMs] = [reader.u64(), reader.time()];
  const cast = readList(reader, (): readonly [string, CastVote] => {
    const state = reader.text16(2);
    const vote = reader.oneOf(reader.u8(), valuesOf(votes));
    return [state, { vote, personId: idFromBytes<PersonId>(reader.fixed(16)), place: reader.u64() }];
  });
  return { ...hashes, place, expiresAtMs, votes: new Map(cast) };
}

function readDecision(reader: ByteReader): OperationDecision {
  const [outcome, place] = [oneOf(outcomes, reader.u8()), reader.u64()];
  return { outcome, place, call: readCall(reader) };
}

function writeOptional<Value>(
  writer: ByteWriter,
  value: Value | undefined,
  write: (value: Value, writer: ByteWriter) => void,
): void {
  writer.u8(value === undefined ? 0 : 1);
  if (value !== undefined) write(value, writer);
}

function readOptional<Value>(reader: ByteReader, read: (reader: ByteReader) => Value): Value | undefined {
  return reader.oneOf(reader.u8(), [0, 1]) === 0 ? undefined : read(reader);
}

function writeList<Value>(writer: ByteWriter, values: readonly Value[], write: (value: Value) => void): void {
  writer.u16(values.length);
  for (const value of values) write(value);
}

function readList<Value>(reader: ByteReader, read: () => Value): Value[] {
  return Array.from({ length: reader.u16() }, read);
}

function oneOf<Value>(values: readonly Value[], index: number): Value {
  const value = values[index];
  if (value === undefined) throw new CodecError('codec/unknown-value', 'unknown value');
  return value;
}
