import {
  type AuthorityId,
  CodecError,
  type DeviceId,
  idBytes,
  idFromBytes,
  type PersonId,
  type PostId,
} from '@rogatory/kernel';
import { type ByteReader, ByteWriter, valuesOf } from './codec.js';
import { sizes } from './purposes.js';
import { type AuthorityKind, authorityKinds, type CaseRole, caseRoles } from './roles.js';

/** What of the past a member may read: everything, nothing, or from an epoch on. */
export const historyKinds = { all: 1, fromNow: 2, fromDate: 3 } as const;
export type HistoryKind = (typeof historyKinds)[keyof typeof historyKinds];

export interface HistoryGrant {
  readonly kind: HistoryKind;
  /** The first epoch that is readable: 1 for `all`, the epoch of admission for `fromNow`. */
  readonly fromEpoch: number;
}

/** One device of one member in a compartment; a leaf of the member tree is the hash of these bytes. */
export interface Member {
  readonly deviceId: DeviceId;
  readonly personId: PersonId;
  readonly postId: PostId;
  readonly authorityId: AuthorityId;
  readonly state: string;
  readonly authorityKind: AuthorityKind;
  readonly role: CaseRole;
  readonly history: HistoryGrant;
  /** The membership ends then by itself, as the admitting lead chose; certificates end on their own. */
  readonly notAfterMs: number;
  readonly signingKey: Uint8Array;
  readonly kemKeyHash: Uint8Array;
  readonly certificateHash: Uint8Array;
}

const STATE = /^[A-Z]{2}$/;

export function encodeMember(member: Member): Uint8Array {
  const writer = new ByteWriter();
  writer.fixed(idBytes(member.deviceId), 16).fixed(idBytes(member.personId), 16).fixed(idBytes(member.postId), 16);
  writer.fixed(idBytes(member.authorityId), 16).fixed(new TextEncoder().encode(member.state), 2);
  writer.u8(member.authorityKind).u8(member.role).u8(member.history.kind).u32(member.history.fromEpoch);
  writer.time(member.notAfterMs).fixed(member.signingKey, sizes.signingKey);
  writer.fixed(member.kemKeyHash, sizes.hash).fixed(member.certificateHash, sizes.hash);
  return writer.finish();
}

export function readMember(reader: ByteReader): Member {
  const ids = {
    deviceId: idFromBytes<DeviceId>(reader.fixed(16)),
    personId: idFromBytes<PersonId>(reader.fixed(16)),
    postId: idFromBytes<PostId>(reader.fixed(16)),
    authorityId: idFromBytes<AuthorityId>(reader.fixed(16)),
    state: new TextDecoder().decode(reader.fixed(2)),
  };
  if (!STATE.test(ids.state)) throw new CodecError('codec/text', 'not a state code');
  return {
    ...ids,
    authorityKind: reader.oneOf(reader.u8(), valuesOf(authorityKinds)),
    role: reader.oneOf(reader.u8(), valuesOf(caseRoles)),
    history: { kind: reader.oneOf(reader.u8(), valuesOf(historyKinds)), fromEpoch: reader.u32() },
    notAfterMs: reader.time(),
    signingKey: reader.fixed(sizes.signingKey),
    kemKeyHash: reader.fixed(sizes.hash),
    certificateHash: reader.fixed(sizes.hash),
  };
}
