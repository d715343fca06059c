import { type AuthorityId, CodecError, idBytes, idFromBytes, limits } from '@rogatory/kernel';
import { ByteReader, ByteWriter, valuesOf } from './codec.js';
import {
  type IndexedSignature,
  readAscendingKeys,
  readIndexedSignatures,
  writeIndexedSignatures,
} from './federation-root.js';
import { sizes, suites, type Suite } from './purposes.js';
import { type AuthorityKind, authorityKinds } from './roles.js';
import { readTime, type SignedTime, writeTime } from './signed-time.js';

/** A competent authority or oversight body as the federation's root keys admitted it. Newest serial is in force. */
export interface AuthorityRecord {
  readonly suite: Suite;
  readonly authorityId: AuthorityId;
  /** 1 for the first record; a later record of the same authority replaces it and MUST be one higher. */
  readonly serial: number;
  /** ISO 3166-1 alpha-2, or "EU". */
  readonly state: string;
  readonly kind: AuthorityKind;
  readonly isCentralAuthority: boolean;
  readonly isDemo: boolean;
  /** While set nobody of this authority is live and its registrars sign nothing; a later record may lift it. */
  readonly isSuspended: boolean;
  readonly name: string;
  readonly territory: string;
  /** BCP 47 tags. */
  readonly languages: readonly string[];
  /** Instruments it may use or execute, such as "EIO", "JIT". */
  readonly instruments: readonly string[];
  /** How many registrars must sign a person, a first device or a person's reinstatement; at least 2. */
  readonly registrarThreshold: number;
  /** Ed25519 keys of the registrars, strictly ascending. */
  readonly registrarKeys: readonly Uint8Array[];
  /** The oversight body that reviews this authority; the all-zero id exactly when it is an oversight body itself. */
  readonly oversightAuthorityId: AuthorityId;
  /** X-Wing key to which justifications are sealed: that of the oversight body, whose own record is the one to read. */
  readonly oversightKemKey: Uint8Array;
  readonly time: SignedTime;
}

export interface SignedAuthorityRecord {
  readonly record: AuthorityRecord;
  readonly signedBytes: Uint8Array;
  /** By keys of the federation root in force. */
  readonly signatures: readonly IndexedSignature[];
}

const MAGIC = 'RGA1';
const STATE = /^[A-Z]{2}$/;
const LANGUAGE = /^[A-Za-z0-9-]{2,35}$/;
const INSTRUMENT = /^[A-Za-z0-9/.-]{2,40}$/;
const MAX_LIST = 40;
const FLAG_CENTRAL = 1;
const FLAG_DEMO = 2;
const FLAG_SUSPENDED = 4;
const KNOWN_FLAGS = FLAG_CENTRAL | FLAG_DEMO | FLAG_SUSPENDED;
/** SPEC: directory 4 — the registrar threshold MUST be at least 2. */
const MIN_THRESHOLD = 2;

export function encodeAuthorityRecord(record: AuthorityRecord): Uint8Array {
  const writer = new ByteWriter().raw(new TextEncoder().encode(MAGIC)).u16(record.suite);
  writer.fixed(idBytes(record.authorityId), 16).u32(record.serial);
  writer.fixed(new TextEncoder().encode(record.state), 2).u8(record.kind);
  writer.u8(flagsOf(record));
  writer.text16(record.name).text16(record.territory);
  writeTexts(writer, record.languages);
  writeTexts(writer, record.instruments);
  writer.u8(record.registrarThreshold).u8(record.registrarKeys.length);
  for (const key of record.registrarKeys) writer.fixed(key, sizes.signingKey);
  writer.fixed(idBytes(record.oversightAuthorityId), 16).fixed(record.oversightKemKey, sizes.kemPublicKey);
  writeTime(writer, record.time);
  return writer.finish();
}

export function encodeSignedAuthorityRecord(signed: Omit<SignedAuthorityRecord, 'record'>): Uint8Array {
  const writer = new ByteWriter().raw(signed.signedBytes);
  writeIndexedSignatures(writer, signed.signatures);
  return writer.finish();
}

export function decodeSignedAuthorityRecord(bytes: Uint8Array): SignedAuthorityRecord {
  const reader = new ByteReader(bytes, limits.maxDirectoryEntryBytes).magic(MAGIC);
  const suite = reader.oneOf(reader.u16(), valuesOf(suites));
  const authorityId = idFromBytes<AuthorityId>(reader.fixed(16));
  const serial = reader.u32();
  const state = matching(new TextDecoder().decode(reader.fixed(2)), STATE);
  const kind = reader.oneOf(reader.u8(), valuesOf(authorityKinds));
  const flags = reader.u8();
  if ((flags & ~KNOWN_FLAGS) !== 0) throw new CodecError('codec/flags', 'unknown flag');
  const name = readName(reader);
  const territory = readName(reader);
  const languages = readTexts(reader, LANGUAGE);
  const instruments = readTexts(reader, INSTRUMENT);
  const registrarThreshold = reader.u8();
  const registrarKeys = readAscendingKeys(reader, limits.maxRegistrars);
  if (serial === 0 || registrarThreshold < MIN_THRESHOLD || registrarThreshold > registrarKeys.length) {
    throw new CodecError('codec/range', 'serial or threshold out of range');
  }
  const oversightAuthorityId = idFromBytes<AuthorityId>(reader.fixed(16));
  const oversightKemKey = reader.fixed(sizes.kemPublicKey);
  const time = readTime(reader);
  const signedBytes = reader.since(0);
  const signatures = readIndexedSignatures(reader);
  reader.end();
  return {
    record: {
      suite,
      authorityId,
      serial,
      state,
      kind,
      isCentralAuthority: (flags & FLAG_CENTRAL) !== 0,
      isDemo: (flags & FLAG_DEMO) !== 0,
      isSuspended: (flags & FLAG_SUSPENDED) !== 0,
      name,
      territory,
      languages,
      instruments,
      registrarThreshold,
      registrarKeys,
      oversightAuthorityId,
      oversightKemKey,
      time,
    },
    signedBytes,
    signatures,
  };
}

function flagsOf(record: AuthorityRecord): number {
  return (
    (record.isCentralAuthority ? FLAG_CENTRAL : 0) |
    (record.isDemo ? FLAG_DEMO : 0) |
    (record.isSuspended ? FLAG_SUSPENDED : 0)
  );
}

function readName(reader: ByteReader): string {
  const name = reader.text16(4 * limits.maxNameCharacters);
  if (name.length === 0 || name.length > limits.maxNameCharacters) throw new CodecError('codec/range', 'name length');
  return name;
}

function writeTexts(writer: ByteWriter, texts: readonly string[]): void {
  writer.u8(texts.length);
  for (const text of texts) writer.text16(text);
}

function readTexts(reader: ByteReader, pattern: RegExp): string[] {
  const count = reader.u8();
  if (count > MAX_LIST) throw new CodecError('codec/range', 'list too long');
  const texts = Array.from({ length: count }, () => matching(reader.text16(), pattern));
  if (new Set(texts).size !== texts.length) throw new CodecError('codec/order', 'text repeated in a list');
  return texts;
}

function matching(text: string, pattern: RegExp): string {
  if (!pattern.test(text)) throw new CodecError('codec/text', "text is not of its field's form");
  return text;
}
