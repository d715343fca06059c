import {
  type CaseId,
  CodecError,
  type CompartmentId,
  type DeviceId,
  idBytes,
  idFromBytes,
  limits,
  type PersonId,
  type RandomBytes,
  Secret,
} from '@rogatory/kernel';
import { aeadOpen, aeadSeal } from '@rogatory/crypto/seal';
import {
  aeadPurposes,
  ByteReader,
  ByteWriter,
  type ChainHead,
  type DirectoryHead,
  type KeyEntry,
  keyKinds,
  type LogHead,
  readChainHead,
  readDirectoryHead,
  readLogHead,
  sizes,
  valuesOf,
  writeChainHead,
  writeDirectoryHead,
  writeLogHead,
} from '@rogatory/protocol';
import { localStateError } from '../e2ee.errors.js';
import { decodeUploadJournal, encodeUploadJournal, type UploadJournal } from '../files/upload-journal.js';
import type { SenderJournal } from '../items/sender-journal.js';
import { type ContactDecision, contactPins, type TrustDecisions } from '../trust/contacts.js';
import { readSenderJournal, writeSenderJournal } from './journal-codec.js';

/** A link that was made and journalled before it was sent: the same bytes are sent again after a crash. */
export interface PendingLink {
  readonly linkBytes: Uint8Array;
  readonly boxes: readonly Uint8Array[];
}

/** What a device remembers of one compartment. */
export interface CompartmentState {
  readonly caseId: CaseId;
  readonly compartmentId: CompartmentId;
  readonly chainHead: ChainHead;
  readonly contentHead: LogHead;
  /** All keys held (EpochKeyring.exportEntries); checked against the chain again when read back. */
  readonly keys: readonly KeyEntry[];
  readonly sender: SenderJournal;
  readonly pendingLink?: PendingLink;
}

/** Everything that a device must not lose between two starts and that no server may choose for it. */
export interface LocalState {
  readonly deviceId: DeviceId;
  /** Rises by one at each save; an older state than the one last seen is refused. */
  readonly generation: number;
  /** Highest counter that this device gave to a signed act. */
  readonly actCounter: number;
  readonly directoryHead: DirectoryHead;
  readonly trust: TrustDecisions;
  readonly compartments: readonly CompartmentState[];
  readonly uploads: readonly UploadJournal[];
}

const MAGIC = 'RGLS';

export function encodeLocalState(state: LocalState): Uint8Array {
  const writer = new ByteWriter().raw(new TextEncoder().encode(MAGIC)).fixed(idBytes(state.deviceId), 16);
  writer.u64(state.generation).u64(state.actCounter);
  writeDirectoryHead(writer, state.directoryHead);
  const decisions = [...state.trust.values()].sort((a, b) => (a.personId < b.personId ? -1 : 1));
  writer.u32(decisions.length);
  for (const decision of decisions) writeDecision(writer, decision);
  writer.u32(state.compartments.length);
  for (const compartment of state.compartments) writeCompartment(writer, compartment);
  writer.u16(state.uploads.length);
  for (const upload of state.uploads) writer.bytes32(encodeUploadJournal(upload));
  return writer.finish();
}

export function decodeLocalState(bytes: Uint8Array): LocalState {
  const reader = new ByteReader(bytes, limits.maxSealedBytes).magic(MAGIC);
  const head = {
    deviceId: idFromBytes<DeviceId>(reader.fixed(16)),
    generation: reader.u64(),
    actCounter: reader.u64(),
    directoryHead: readDirectoryHead(reader),
  };
  const decisions = list(reader, limits.maxStoredContacts, readDecision);
  const compartments = list(reader, limits.maxStoredCompartments, readCompartment);
  const uploads = Array.from({ length: reader.u16() }, () =>
    decodeUploadJournal(reader.bytes32(limits.maxSealedBytes)),
  );
  reader.end();
  return { ...head, trust: new Map(decisions.map((item) => [item.personId, item])), compartments, uploads };
}

/** SPEC: key-store 5: sealed = aead(localStateKey, state, aad = "RGLS" ‖ deviceId) */
function stateAad(deviceId: DeviceId): Uint8Array {
  return new ByteWriter().raw(new TextEncoder().encode(MAGIC)).fixed(idBytes(deviceId), 16).finish();
}

/** The state sealed under the key that the key store holds. */
export function sealLocalState(state: LocalState, localStateKey: Secret, random: RandomBytes): Uint8Array {
  const plaintext = encodeLocalState(state);
  const aad = stateAad(state.deviceId);
  try {
    return aeadSeal({ secret: localStateKey, purpose: aeadPurposes.localState, random, plaintext, aad });
  } finally {
    plaintext.fill(0);
  }
}

/**
 * @param minimumGeneration the highest generation this machine has seen; 0 for none.
 * @throws VerificationError `crypto/open`, `e2ee/local-state` for an older or foreign state; CodecError.
 */
export function openLocalState(
  sealed: Uint8Array,
  localStateKey: Secret,
  expected: { readonly deviceId: DeviceId; readonly minimumGeneration: number },
): LocalState {
  const aad = stateAad(expected.deviceId);
  const plaintext = aeadOpen({ secret: localStateKey, purpose: aeadPurposes.localState, sealed, aad });
  try {
    const state = decodeLocalState(plaintext);
    if (state.deviceId !== expected.deviceId || state.generation < expected.minimumGeneration) throw localStateError();
    return state;
  } finally {
    plaintext.fill(0);
  }
}

function writeDecision(writer: ByteWriter, decision: ContactDecision): void {
  writer.fixed(idBytes(decision.personId), 16).u8(decision.pin).time(decision.decidedAtMs);
  writer.u16(decision.devices.length);
  for (const deviceId of decision.devices) writer.fixed(idBytes(deviceId), 16);
}

function readDecision(reader: ByteReader): ContactDecision {
  return {
    personId: idFromBytes<PersonId>(reader.fixed(16)),
    pin: reader.oneOf(reader.u8(), valuesOf(contactPins)),
    decidedAtMs: reader.time(),
    devices: Array.from({ length: reader.u16() }, () => idFromBytes<DeviceId>(reader.fixed(16))),
  };
}

function writeCompartment(writer: ByteWriter, state: CompartmentState): void {
  writer.fixed(idBytes(state.caseId), 32).fixed(idBytes(state.compartmentId), 32);
  writeChainHead(writer, state.chainHead);
  writeLogHead(writer, state.contentHead);
  writer.u32(state.keys.length);
  for (const { kind, epoch, key } of state.keys) writer.u8(kind).u32(epoch).fixed(key, sizes.key);
  writeSenderJournal(writer, state.sender);
  const { pendingLink } = state;
  writer.u8(pendingLink === undefined ? 0 : 1);
  if (pendingLink === undefined) return;
  writer.bytes32(pendingLink.linkBytes).u16(pendingLink.boxes.length);
  for (const box of pendingLink.boxes) writer.bytes32(box);
}

function readCompartment(reader: ByteReader): CompartmentState {
  const ids = {
    caseId: idFromBytes<CaseId>(reader.fixed(32)),
    compartmentId: idFromBytes<CompartmentId>(reader.fixed(32)),
    chainHead: readChainHead(reader),
    contentHead: readLogHead(reader),
  };
  const keys = list(reader, limits.maxStoredEpochKeys, readKey);
  const state = { ...ids, keys, sender: readSenderJournal(reader) };
  if (reader.oneOf(reader.u8(), [0, 1]) === 0) return state;
  const linkBytes = reader.bytes32(limits.maxLinkBytes);
  const boxes = Array.from({ length: reader.u16() }, () => reader.bytes32(limits.maxBoxBytes));
  return { ...state, pendingLink: { linkBytes, boxes } };
}

function readKey(reader: ByteReader): KeyEntry {
  return { kind: reader.oneOf(reader.u8(), valuesOf(keyKinds)), epoch: reader.u32(), key: reader.fixed(sizes.key) };
}

function list<Value>(reader: ByteReader, max: number, read: (reader: ByteReader) => Value): Value[] {
  const count = reader.u32();
  if (count > max) throw new CodecError('codec/range', 'list too long');
  return Array.from({ length: count }, () => read(reader));
}
