import {
  type AuthorityId,
  type CaseId,
  CodecError,
  type CompartmentId,
  type DeviceId,
  idBytes,
  idFromBytes,
  limits,
  type ObjectId,
  type PersonId,
  type PostId,
} from '@rogatory/kernel';
import { ByteReader, ByteWriter, valuesOf } from './codec.js';
import { sizes } from './purposes.js';
import { caseRoles } from './roles.js';

/** Who did it, as far as the server knows: a proven device, a caller without proof, or the server itself. */
export const auditActorKinds = { device: 1, unproven: 2, system: 3 } as const;
export type AuditActorKind = (typeof auditActorKinds)[keyof typeof auditActorKinds];

/** The `who` group. Ids that are not known are absent; a `device` actor has all of them. */
export interface AuditWho {
  readonly kind: AuditActorKind;
  readonly deviceId?: DeviceId;
  readonly personId?: PersonId;
  readonly postId?: PostId;
  readonly authorityId?: AuthorityId;
  /** ISO 3166 state of the authority, "EU" for the service itself and for callers without proof. */
  readonly state: string;
  /** Hash of the session, 32 bytes; absent without one. */
  readonly sessionHash?: Uint8Array;
  /** Role in the case, 0 where none plays a part (`roles.ts`). */
  readonly caseRole: number;
}

/** What an object of a record is. The number is on the wire. */
export const auditObjectKinds = {
  none: 0,
  link: 1,
  item: 2,
  file: 3,
  box: 4,
  invitation: 5,
  directoryEntry: 6,
  prekey: 7,
  session: 8,
  record: 9,
  upload: 10,
  person: 11,
  device: 12,
  authority: 13,
  operation: 14,
  finding: 15,
  report: 16,
} as const;
export type AuditObjectKind = (typeof auditObjectKinds)[keyof typeof auditObjectKinds];

/** A device that something was handed to. */
export interface AuditRecipient {
  readonly authorityId: AuthorityId;
  readonly personId: PersonId;
  readonly deviceId: DeviceId;
}

/** The `what` group: ids, hashes, sizes and recipients; never a name or a text of a case. */
export interface AuditWhat {
  readonly caseId?: CaseId;
  readonly compartmentId?: CompartmentId;
  /** The authority that owns the case or object; its oversight body may review the record. */
  readonly ownerAuthorityId?: AuthorityId;
  readonly objectKind: AuditObjectKind;
  readonly objectId?: ObjectId;
  readonly version: number;
  /** Hash of the ciphertext or of the signed bytes concerned, 32 bytes. */
  readonly objectHash?: Uint8Array;
  /** Bytes taken in or handed out. */
  readonly bytes: number;
  /** Objects taken in or handed out. */
  readonly count: number;
  readonly recipients: readonly AuditRecipient[];
  /** Closed facts of the event, such as the filter of an audit query: ASCII codes and ids, never content. */
  readonly detail: string;
}

/** The `src` group: where a request came from. */
export interface AuditSource {
  /** Network address as the server saw it, after a declared proxy. */
  readonly address: string;
  /** Name and version that the client gives itself. */
  readonly client: string;
  /** The server's id of the request. */
  readonly requestId: string;
}

const WHO_MAGIC = 'RGU1';
const WHAT_MAGIC = 'RGB1';
const SOURCE_MAGIC = 'RGF1';
const STATE = /^[A-Z]{2}$/;
const DETAIL = /^[\x20-\x7e]*$/;
const MAX_DETAIL_BYTES = 2_000;
const MAX_ADDRESS_BYTES = 64;
const MAX_CLIENT_BYTES = 200;
const MAX_REQUEST_ID_BYTES = 64;
const NO_ROLE = 0;
const actorKinds = valuesOf(auditActorKinds);
const objectKinds = valuesOf(auditObjectKinds);
const knownRoles = [NO_ROLE, ...valuesOf(caseRoles)];
const ABSENT_SHORT = new Uint8Array(16);
const ABSENT_LONG = new Uint8Array(32);

export function encodeAuditWho(who: AuditWho): Uint8Array {
  if (!STATE.test(who.state)) throw new CodecError('codec/text', 'not a state code');
  const writer = new ByteWriter().raw(new TextEncoder().encode(WHO_MAGIC)).u8(who.kind);
  writeShort(writer, who.deviceId);
  writeShort(writer, who.personId);
  writeShort(writer, who.postId);
  writeShort(writer, who.authorityId);
  writer.fixed(new TextEncoder().encode(who.state), 2);
  return writer
    .fixed(who.sessionHash ?? ABSENT_LONG, sizes.hash)
    .u8(who.caseRole)
    .finish();
}

/** Strict inverse of `encodeAuditWho`. @throws CodecError; also when a device actor lacks one of its ids. */
export function decodeAuditWho(bytes: Uint8Array): AuditWho {
  const reader = new ByteReader(bytes, limits.maxAuditGroupBytes).magic(WHO_MAGIC);
  const kind = reader.oneOf(reader.u8(), actorKinds);
  const deviceId = readId<DeviceId>(reader, 16);
  const personId = readId<PersonId>(reader, 16);
  const postId = readId<PostId>(reader, 16);
  const authorityId = readId<AuthorityId>(reader, 16);
  const state = String.fromCharCode(reader.u8(), reader.u8());
  const sessionHash = readHash(reader);
  const caseRole = reader.oneOf(reader.u8(), knownRoles);
  reader.end();
  if (!STATE.test(state)) throw new CodecError('codec/text', 'not a state code');
  const isWhole = deviceId !== undefined && personId !== undefined && postId !== undefined && authorityId !== undefined;
  if (kind === auditActorKinds.device && !isWhole) {
    throw new CodecError('codec/audit-group', 'a device actor without its ids');
  }
  return known({ kind, deviceId, personId, postId, authorityId, state, sessionHash, caseRole });
}

export function encodeAuditWhat(what: AuditWhat): Uint8Array {
  const writer = new ByteWriter().raw(new TextEncoder().encode(WHAT_MAGIC));
  writeLong(writer, what.caseId);
  writeLong(writer, what.compartmentId);
  writeShort(writer, what.ownerAuthorityId);
  writer.u8(what.objectKind);
  writeShort(writer, what.objectId);
  writer
    .u32(what.version)
    .fixed(what.objectHash ?? ABSENT_LONG, sizes.hash)
    .u64(what.bytes)
    .u32(what.count);
  if (what.recipients.length > limits.maxAuditRecipients) throw new CodecError('codec/too-long', 'too many recipients');
  writer.u32(what.recipients.length);
  for (const { authorityId, personId, deviceId } of what.recipients) {
    writer.fixed(idBytes(authorityId), 16).fixed(idBytes(personId), 16).fixed(idBytes(deviceId), 16);
  }
  if (!DETAIL.test(what.detail) || what.detail.length > MAX_DETAIL_BYTES) {
    throw new CodecError('codec/text', 'not a detail of a record');
  }
  return writer.text16(what.detail).finish();
}

/** Strict inverse of `encodeAuditWhat`. @throws CodecError. */
export function decodeAuditWhat(bytes: Uint8Array): AuditWhat {
  const reader = new ByteReader(bytes, limits.maxAuditGroupBytes).magic(WHAT_MAGIC);
  const what = known({
    caseId: readId<CaseId>(reader, 32),
    compartmentId: readId<CompartmentId>(reader, 32),
    ownerAuthorityId: readId<AuthorityId>(reader, 16),
    objectKind: reader.oneOf(reader.u8(), objectKinds),
    objectId: readId<ObjectId>(reader, 16),
    version: reader.u32(),
    objectHash: readHash(reader),
    bytes: reader.u64(),
    count: reader.u32(),
    recipients: readRecipients(reader),
    detail: reader.text16(MAX_DETAIL_BYTES),
  });
  reader.end();
  if (!DETAIL.test(what.detail)) throw new CodecError('codec/text', 'not a detail of a record');
  return what;
}

export function encodeAuditSource(source: AuditSource): Uint8Array {
  const writer = new ByteWriter().raw(new TextEncoder().encode(SOURCE_MAGIC));
  return writer.text16(source.address).text16(source.client).text16(source.requestId).finish();
}

/** Strict inverse of `encodeAuditSource`. @throws CodecError. */
export function decodeAuditSource(bytes: Uint8Array): AuditSource {
  const reader = new ByteReader(bytes, limits.maxAuditGroupBytes).magic(SOURCE_MAGIC);
  const source = {
    address: reader.text16(MAX_ADDRESS_BYTES),
    client: reader.text16(MAX_CLIENT_BYTES),
    requestId: reader.text16(MAX_REQUEST_ID_BYTES),
  };
  reader.end();
  if (!Object.values(source).every((text) => DETAIL.test(text))) throw new CodecError('codec/text', 'not a source');
  return source;
}

/** Makes foreign text fit for a source: whatever is too long is cut, so that no header of a caller stops a record. */
export function auditSourceOf(facts: AuditSource): AuditSource {
  return {
    address: cut(facts.address, MAX_ADDRESS_BYTES),
    client: cut(facts.client, MAX_CLIENT_BYTES),
    requestId: cut(facts.requestId, MAX_REQUEST_ID_BYTES),
  };
}

const UNPRINTABLE = /[^\x20-\x7e]/g;

/** ASCII only: a character is a byte then, and no control sequence reaches an auditor's terminal. */
function cut(text: string, maxBytes: number): string {
  return text.replace(UNPRINTABLE, '?').slice(0, maxBytes);
}

function readRecipients(reader: ByteReader): readonly AuditRecipient[] {
  const count = reader.u32();
  if (count > limits.maxAuditRecipients) throw new CodecError('codec/too-long', 'too many recipients');
  const recipients: AuditRecipient[] = [];
  for (let i = 0; i < count; i++) {
    recipients.push({
      authorityId: idFromBytes<AuthorityId>(reader.fixed(16)),
      personId: idFromBytes<PersonId>(reader.fixed(16)),
      deviceId: idFromBytes<DeviceId>(reader.fixed(16)),
    });
  }
  return recipients;
}

function writeShort(writer: ByteWriter, id: string | undefined): void {
  writer.fixed(id === undefined ? ABSENT_SHORT : idBytes(id), 16);
}

function writeLong(writer: ByteWriter, id: string | undefined): void {
  writer.fixed(id === undefined ? ABSENT_LONG : idBytes(id), 32);
}

function readId<Id extends string>(reader: ByteReader, length: 16 | 32): Id | undefined {
  const bytes = reader.fixed(length);
  return isZero(bytes) ? undefined : idFromBytes<Id>(bytes);
}

function readHash(reader: ByteReader): Uint8Array | undefined {
  const bytes = reader.fixed(sizes.hash);
  return isZero(bytes) ? undefined : bytes;
}

function isZero(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 0) return false;
  return true;
}

/** What `Value` is without the fields that have no value. */
type Known<Value> = { readonly [Key in keyof Value as undefined extends Value[Key] ? never : Key]: Value[Key] } & {
  readonly [Key in keyof Value as undefined extends Value[Key] ? Key : never]?: Exclude<Value[Key], undefined>;
};

function known<Value extends object>(fields: Value): Known<Value>;
function known(fields: Readonly<Record<string, unknown>>): object {
  const kept: Record<string, unknown> = {};
  for (const key in fields) if (fields[key] !== undefined) kept[key] = fields[key];
  return kept;
}
