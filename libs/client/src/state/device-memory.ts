import { type CompartmentId, type DeviceId, idBytes, idFromBytes, limits, Secret } from '@rogatory/kernel';
import { decodeLocalState, type DisclosedKey, disclosedKinds, encodeLocalState, type LocalState } from '@rogatory/e2ee';
import {
  ByteReader,
  ByteWriter,
  type LogEnding,
  logEndings,
  type LogHead,
  readLogHead,
  sizes,
  valuesOf,
  writeLogHead,
} from '@rogatory/protocol';
import { emptyRoot } from '@rogatory/tlog';
import { type Alarm, concernKinds } from './concern.js';

/** Names and keys of a server as this device first saw them; another answer later is refused. */
export interface ServerPins {
  readonly auditOrigin: string;
  readonly directoryOrigin: string;
  /** Verifier keys of the logs in their text form. */
  readonly logKeys: readonly string[];
  readonly promiseKey: Uint8Array;
}

/** An audit log of the server that ended, and that this device followed into the next. */
export interface PastLog extends LogHead {
  readonly origin: string;
  /** Verifier keys in their text form. */
  readonly logKeys: readonly string[];
  readonly reason: LogEnding;
  /** When the log that follows began, by the server's clock. */
  readonly endedMs: number;
}

/** What a device remembers of a compartment besides keys and heads. */
export interface CompartmentMarks {
  readonly compartmentId: CompartmentId;
  /** Boxes of links up to this one were taken. */
  readonly boxSeq: number;
  readonly heartbeatAtMs: number;
  readonly disclosed: readonly DisclosedKey[];
}

/** What a device had verified of a compartment when it last looked at what an epoch of the audit log says of it. */
export interface AnchorMark {
  /** By this device's clock. */
  readonly atMs: number;
  /** Size of the content log. */
  readonly size: number;
}

/** Everything that a device saves between two starts. Immutable: each change is a new value. */
export interface DeviceMemory {
  readonly local: LocalState;
  /** Hash of the last signed act; zero bytes before the first. */
  readonly actHash: Uint8Array;
  readonly pins: ServerPins | undefined;
  /** Newest audit head that was verified. */
  readonly auditHead: LogHead;
  readonly marks: ReadonlyMap<CompartmentId, CompartmentMarks>;
  /** Signed promises whose proofs are still due. */
  readonly promises: readonly Uint8Array[];
  /** What its person has not taken note of yet. */
  readonly alarms: readonly Alarm[];
  /** The earliest first; the size and root of each are those of its last head. */
  readonly pastLogs: readonly PastLog[];
  readonly anchors: ReadonlyMap<CompartmentId, AnchorMark>;
}

const MAGIC = 'RGCM';
const MAX_ENTRIES = 100_000;
const MAX_PROMISES = 10_000;
const MAX_PROMISE_BYTES = 512;
const MAX_PAST_LOGS = 128; // of 64 years

/** The memory of a device that never did anything. */
export function freshMemory(deviceId: DeviceId): DeviceMemory {
  return {
    local: {
      deviceId,
      generation: 0,
      actCounter: 0,
      directoryHead: { size: 0, root: emptyRoot(), timeMs: 0 },
      trust: new Map(),
      compartments: [],
      uploads: [],
    },
    actHash: new Uint8Array(sizes.hash),
    pins: undefined,
    auditHead: { size: 0, root: new Uint8Array(sizes.hash) },
    marks: new Map(),
    promises: [],
    alarms: [],
    pastLogs: [],
    anchors: new Map(),
  };
}

/** Holds keys: only ever written sealed. */
export function encodeDeviceMemory(memory: DeviceMemory): Uint8Array {
  const writer = new ByteWriter().raw(new TextEncoder().encode(MAGIC)).fixed(memory.actHash, sizes.hash);
  writeLogHead(writer, memory.auditHead);
  writePins(writer, memory.pins);
  writer.u32(memory.marks.size);
  for (const marks of memory.marks.values()) writeMarks(writer, marks);
  const promises = memory.promises.slice(-MAX_PROMISES);
  writer.u16(promises.length);
  for (const promise of promises) writer.bytes16(promise);
  writer.bytes32(encodeLocalState(memory.local));
  const alarms = memory.alarms.slice(-limits.maxStoredAlarms);
  writer.u16(alarms.length);
  for (const alarm of alarms) writeAlarm(writer, alarm);
  const pastLogs = memory.pastLogs.slice(-MAX_PAST_LOGS);
  writer.u16(pastLogs.length);
  for (const log of pastLogs) writePastLog(writer, log);
  writer.u32(memory.anchors.size);
  for (const [id, { atMs, size }] of memory.anchors) writer.fixed(idBytes(id), 32).time(atMs).u64(size);
  return writer.finish();
}

/** @throws CodecError on anything that `encodeDeviceMemory` did not write. */
export function decodeDeviceMemory(bytes: Uint8Array): DeviceMemory {
  const reader = new ByteReader(bytes, limits.maxSealedBytes).magic(MAGIC);
  const actHash = reader.fixed(sizes.hash);
  const auditHead = readLogHead(reader);
  const pins = readPins(reader);
  const count = Math.min(reader.u32(), MAX_ENTRIES);
  const marks = Array.from({ length: count }, () => readMarks(reader));
  const promises = Array.from({ length: reader.u16() }, () => reader.bytes16(MAX_PROMISE_BYTES));
  const local = decodeLocalState(reader.bytes32(limits.maxSealedBytes));
  // A state that was saved before alarms were kept ends here.
  const alarms = reader.remaining === 0 ? [] : Array.from({ length: reader.u16() }, () => readAlarm(reader));
  // And one from before logs followed one another, here.
  const pastLogs = reader.remaining === 0 ? [] : Array.from({ length: reader.u16() }, () => readPastLog(reader));
  // And one from before the epochs told of compartments, here.
  const anchored = reader.remaining === 0 ? 0 : Math.min(reader.u32(), MAX_ENTRIES);
  const anchors = new Map(Array.from({ length: anchored }, () => readAnchor(reader)));
  reader.end();
  const byId = new Map(marks.map((mark) => [mark.compartmentId, mark]));
  return { local, actHash, pins, auditHead, marks: byId, promises, alarms, pastLogs, anchors };
}

function readAnchor(reader: ByteReader): [CompartmentId, AnchorMark] {
  const id = idFromBytes<CompartmentId>(reader.fixed(32));
  return [id, { atMs: reader.time(), size: reader.u64() }];
}

function writePins(writer: ByteWriter, pins: ServerPins | undefined): void {
  writer.u8(pins === undefined ? 0 : 1);
  if (pins === undefined) return;
  writer.text16(pins.auditOrigin).text16(pins.directoryOrigin).fixed(pins.promiseKey, sizes.signingKey);
  writer.u8(pins.logKeys.length);
  for (const key of pins.logKeys) writer.text16(key);
}

function readPins(reader: ByteReader): ServerPins | undefined {
  if (reader.oneOf(reader.u8(), [0, 1]) === 0) return undefined;
  const names = { auditOrigin: reader.text16(), directoryOrigin: reader.text16() };
  const promiseKey = reader.fixed(sizes.signingKey);
  return { ...names, promiseKey, logKeys: Array.from({ length: reader.u8() }, () => reader.text16()) };
}

function writePastLog(writer: ByteWriter, log: PastLog): void {
  writeLogHead(writer, log);
  writer.text16(log.origin).u8(logEndings.indexOf(log.reason)).time(log.endedMs).u8(log.logKeys.length);
  for (const key of log.logKeys) writer.text16(key);
}

function readPastLog(reader: ByteReader): PastLog {
  const head = readLogHead(reader);
  const origin = reader.text16();
  const reason = logEndings[reader.oneOf(reader.u8(), [...logEndings.keys()])] as LogEnding;
  const endedMs = reader.time();
  return { ...head, origin, reason, endedMs, logKeys: Array.from({ length: reader.u8() }, () => reader.text16()) };
}

function writeMarks(writer: ByteWriter, marks: CompartmentMarks): void {
  writer
    .fixed(idBytes(marks.compartmentId), 32)
    .u64(marks.boxSeq + 1)
    .time(marks.heartbeatAtMs);
  writer.u16(marks.disclosed.length);
  for (const { kind, itemHash, messageKey } of marks.disclosed) {
    writer.u8(kind).fixed(itemHash, sizes.hash);
    messageKey.use((key) => writer.fixed(key, sizes.key));
  }
}

function readMarks(reader: ByteReader): CompartmentMarks {
  const compartmentId = idFromBytes<CompartmentId>(reader.fixed(32));
  const boxSeq = reader.u64() - 1;
  const heartbeatAtMs = reader.time();
  const disclosed = Array.from({ length: reader.u16() }, () => ({
    kind: reader.oneOf(reader.u8(), valuesOf(disclosedKinds)),
    itemHash: reader.fixed(sizes.hash),
    messageKey: new Secret(reader.fixed(sizes.key)),
  }));
  return { compartmentId, boxSeq, heartbeatAtMs, disclosed };
}

const alarmTexts = ['recordId', 'compartmentId', 'personId', 'deviceId', 'code'] as const;

function writeAlarm(writer: ByteWriter, alarm: Alarm): void {
  writer.u8(concernKinds.indexOf(alarm.kind)).time(alarm.firstAtMs).time(alarm.lastAtMs).u32(alarm.times);
  for (const name of alarmTexts) writer.text16(alarm[name] ?? '');
}

function readAlarm(reader: ByteReader): Alarm {
  const place = reader.oneOf(reader.u8(), [...concernKinds.keys()]);
  const kind = concernKinds[place] as Alarm['kind'];
  const told = { firstAtMs: reader.time(), lastAtMs: reader.time(), times: reader.u32() };
  const texts = alarmTexts.flatMap((name) => {
    const text = reader.text16();
    return text === '' ? [] : [[name, text] as const];
  });
  return { kind, ...told, ...Object.fromEntries(texts) };
}
