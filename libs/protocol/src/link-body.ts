import {
  CodecError,
  type CompartmentId,
  type DeviceId,
  idBytes,
  idFromBytes,
  limits,
  type ObjectId,
  type PersonId,
} from '@rogatory/kernel';
import { ByteReader, ByteWriter, valuesOf } from './codec.js';
import { encodeMember, type Member, readMember } from './member.js';
import { sizes } from './purposes.js';
import { type CaseRole, caseRoles } from './roles.js';
import { decodeTlvs, encodeTlvs, type Tlv } from './tlv.js';

/** A lead's settings of a case; floors never go down. */
export interface CasePolicy {
  /** A sender refuses to seal when no other member confirmed its head for this long. */
  readonly headConfirmationMs: number;
  /** Epochs end at the latest after this long. */
  readonly rotateAfterMs: number;
  readonly minimumLeads: number;
}

export interface DisclosedItem {
  readonly objectId: ObjectId;
  readonly version: number;
  readonly itemHash: Uint8Array;
}

/** What caused a drop, rotation or reseal: a directory entry, or a complaint by its hash. */
export interface LinkCause {
  readonly directoryIndex?: number;
  readonly complaintHash?: Uint8Array;
}

/** The typed fields of a link; which of them a type may carry is a rule of `chain`, not of the codec. */
export interface LinkBody {
  readonly members?: readonly Member[];
  readonly devices?: readonly DeviceId[];
  readonly personId?: PersonId;
  readonly role?: CaseRole;
  readonly compartmentId?: CompartmentId;
  readonly policy?: CasePolicy;
  readonly cause?: LinkCause;
  readonly disclosed?: readonly DisclosedItem[];
  readonly epochs?: readonly number[];
  readonly suite?: number;
  /** A random value that makes a genesis unique. */
  readonly salt?: Uint8Array;
}

const tags = {
  members: 1,
  devices: 2,
  personId: 3,
  // 4 is not used: what of the past is granted stands in the member leaf.
  role: 5,
  compartmentId: 6,
  policy: 7,
  directoryIndex: 8,
  complaintHash: 9,
  disclosed: 10,
  epochs: 11,
  suite: 12,
  salt: 13,
} as const;

const MAX_DISCLOSED = 1_000;
const MAX_EPOCHS = 10_000;

export function encodeLinkBody(body: LinkBody): Uint8Array {
  const fields: Tlv[] = [];
  const put = (tag: number, fill: (writer: ByteWriter) => void): void => {
    const writer = new ByteWriter();
    fill(writer);
    fields.push({ tag, value: writer.finish() });
  };
  const { members, devices, personId, role, compartmentId, policy, cause, disclosed, epochs, suite, salt } = body;
  if (members) put(tags.members, (w) => writeList(w, members, (member) => w.raw(encodeMember(member))));
  if (devices) put(tags.devices, (w) => writeList(w, devices, (id) => w.fixed(idBytes(id), 16)));
  if (personId) put(tags.personId, (w) => w.fixed(idBytes(personId), 16));
  if (role) put(tags.role, (w) => w.u8(role));
  if (compartmentId) put(tags.compartmentId, (w) => w.fixed(idBytes(compartmentId), 32));
  if (policy)
    put(tags.policy, (w) => w.u64(policy.headConfirmationMs).u64(policy.rotateAfterMs).u8(policy.minimumLeads));
  if (cause?.directoryIndex !== undefined) put(tags.directoryIndex, (w) => w.u64(cause.directoryIndex as number));
  if (cause?.complaintHash) put(tags.complaintHash, (w) => w.fixed(cause.complaintHash as Uint8Array, sizes.hash));
  if (disclosed) put(tags.disclosed, (w) => writeList(w, disclosed, (item) => writeDisclosed(w, item)));
  if (epochs) put(tags.epochs, (w) => writeList(w, epochs, (epoch) => w.u32(epoch)));
  if (suite !== undefined) put(tags.suite, (w) => w.u16(suite));
  if (salt) put(tags.salt, (w) => w.fixed(salt, sizes.hash));
  return encodeTlvs(fields);
}

export function decodeLinkBody(bytes: Uint8Array): LinkBody {
  const fields = decodeTlvs(bytes, Object.values(tags), limits.maxLinkBytes);
  const directoryIndex = take(fields, tags.directoryIndex, (r) => r.u64());
  const complaintHash = take(fields, tags.complaintHash, (r) => r.fixed(sizes.hash));
  return {
    ...optional(
      'members',
      take(fields, tags.members, (r) => list(r, limits.maxDevicesPerCompartment, readMember)),
    ),
    ...optional(
      'devices',
      take(fields, tags.devices, (r) => list(r, limits.maxDevicesPerCompartment, readDeviceId)),
    ),
    ...optional(
      'personId',
      take(fields, tags.personId, (r) => idFromBytes<PersonId>(r.fixed(16))),
    ),
    ...optional(
      'role',
      take(fields, tags.role, (r) => r.oneOf(r.u8(), valuesOf(caseRoles))),
    ),
    ...optional(
      'compartmentId',
      take(fields, tags.compartmentId, (r) => idFromBytes<CompartmentId>(r.fixed(32))),
    ),
    ...optional('policy', take(fields, tags.policy, readPolicy)),
    ...optional('cause', causeOf(directoryIndex, complaintHash)),
    ...optional(
      'disclosed',
      take(fields, tags.disclosed, (r) => list(r, MAX_DISCLOSED, readDisclosed)),
    ),
    ...optional(
      'epochs',
      take(fields, tags.epochs, (r) => list(r, MAX_EPOCHS, (inner) => inner.u32())),
    ),
    ...optional(
      'suite',
      take(fields, tags.suite, (r) => r.u16()),
    ),
    ...optional(
      'salt',
      take(fields, tags.salt, (r) => r.fixed(sizes.hash)),
    ),
  };
}

function causeOf(directoryIndex: number | undefined, complaintHash: Uint8Array | undefined): LinkCause | undefined {
  if (directoryIndex === undefined && !complaintHash) return undefined;
  return { ...optional('directoryIndex', directoryIndex), ...optional('complaintHash', complaintHash) };
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { [key in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { [key in Name]?: Value };
}

function take<Value>(
  fields: Map<number, Uint8Array>,
  tag: number,
  read: (reader: ByteReader) => Value,
): Value | undefined {
  const bytes = fields.get(tag);
  if (!bytes) return undefined;
  const reader = new ByteReader(bytes, limits.maxLinkBytes);
  const value = read(reader);
  reader.end();
  return value;
}

function list<Value>(reader: ByteReader, max: number, read: (reader: ByteReader) => Value): Value[] {
  const count = reader.u16();
  if (count > max) throw new CodecError('codec/range', 'list too long');
  return Array.from({ length: count }, () => read(reader));
}

function readDeviceId(reader: ByteReader): DeviceId {
  return idFromBytes<DeviceId>(reader.fixed(16));
}

function readPolicy(reader: ByteReader): CasePolicy {
  return { headConfirmationMs: reader.u64(), rotateAfterMs: reader.u64(), minimumLeads: reader.u8() };
}

function writeList<Value>(writer: ByteWriter, values: readonly Value[], write: (value: Value) => void): void {
  writer.u16(values.length);
  values.forEach(write);
}

function writeDisclosed(writer: ByteWriter, item: DisclosedItem): void {
  writer.fixed(idBytes(item.objectId), 16).u32(item.version).fixed(item.itemHash, sizes.hash);
}

function readDisclosed(reader: ByteReader): DisclosedItem {
  return {
    objectId: idFromBytes<ObjectId>(reader.fixed(16)),
    version: reader.u32(),
    itemHash: reader.fixed(sizes.hash),
  };
}
