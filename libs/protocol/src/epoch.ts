import { type AuthorityId, type CaseId, CodecError, idBytes, idFromBytes } from '@rogatory/kernel';
import { ByteReader, ByteWriter, valuesOf } from './codec.js';
import { sizes } from './purposes.js';

/** What an epoch counts records by. The number is on the wire. */
export const epochSubjectKinds = { case: 1, actorAuthority: 2, ownerAuthority: 3 } as const;
export type EpochSubjectKind = (typeof epochSubjectKinds)[keyof typeof epochSubjectKinds];

/**
 * Records that an epoch counts together: those of a case (as far as they name this owner of it), those whose actor is of
 * an authority, or those about cases and objects that an authority owns.
 */
export type EpochSubject =
  | { readonly kind: typeof epochSubjectKinds.case; readonly authority: AuthorityId; readonly caseId: CaseId }
  | {
      readonly kind: typeof epochSubjectKinds.actorAuthority | typeof epochSubjectKinds.ownerAuthority;
      readonly authority: AuthorityId;
    };

/** What an epoch says of one subject: how many records there are, which was the last, and a digest over all of them. */
export interface EpochEntry {
  readonly subject: EpochSubject;
  readonly count: number;
  /** Index of the newest of them; 0 when there is none. */
  readonly lastIndex: number;
  /** Over index and leaf hash of each, in order (`epochDigest` of libs/tlog); zeros when there is none. */
  readonly digest: Uint8Array;
}

/** What the `what` group of a `log.epoch` record says besides root and sizes. */
export interface EpochFacts {
  /** Numbered from 1 within a log. */
  readonly number: number;
  /** The epoch covers the records with an index below this. */
  readonly size: number;
  /** Subjects in the map. */
  readonly entries: number;
  /** Root of the map (`position-map.ts` of libs/tlog). */
  readonly root: Uint8Array;
}

const MAGIC = 'RAC1';
const SUBJECT_BYTES = 1 + 32 + 16;
const ENTRY_BYTES = 4 + SUBJECT_BYTES + 8 + 8 + 32;
const NO_CASE = new Uint8Array(32);
const DETAIL = /^epoch=([1-9][0-9]{0,14})$/;

/** SPEC: review 2.1: kind u8 ‖ case id 32 (zeros unless kind 1) ‖ authority id 16 */
export function encodeEpochSubject(subject: EpochSubject): Uint8Array {
  const caseId = subject.kind === epochSubjectKinds.case ? idBytes(subject.caseId) : NO_CASE;
  return new ByteWriter().u8(subject.kind).fixed(caseId, 32).fixed(idBytes(subject.authority), 16).finish();
}

/** Strict inverse of `encodeEpochSubject`. @throws CodecError. */
export function decodeEpochSubject(bytes: Uint8Array): EpochSubject {
  const reader = new ByteReader(bytes, SUBJECT_BYTES);
  const subject = readSubject(reader);
  reader.end();
  return subject;
}

/** SPEC: review 2.1: "RAC1" ‖ subject ‖ count u64 ‖ last index u64 ‖ digest 32 */
export function encodeEpochEntry({ subject, count, lastIndex, digest }: EpochEntry): Uint8Array {
  const writer = new ByteWriter().raw(new TextEncoder().encode(MAGIC)).raw(encodeEpochSubject(subject));
  return writer.u64(count).u64(lastIndex).fixed(digest, sizes.hash).finish();
}

/** Strict inverse of `encodeEpochEntry`. @throws CodecError. */
export function decodeEpochEntry(bytes: Uint8Array): EpochEntry {
  const reader = new ByteReader(bytes, ENTRY_BYTES).magic(MAGIC);
  const subject = readSubject(reader);
  const entry = { subject, count: reader.u64(), lastIndex: reader.u64(), digest: reader.fixed(sizes.hash) };
  reader.end();
  const isEmpty = entry.lastIndex === 0 && entry.digest.every((byte) => byte === 0);
  const isPossible = entry.count === 0 ? isEmpty : entry.count <= entry.lastIndex + 1;
  if (!isPossible) throw new CodecError('codec/epoch', 'an entry of an epoch that cannot be');
  return entry;
}

/** The detail of a `log.epoch` record. */
export function epochDetail(number: number): string {
  return `epoch=${number}`;
}

/** @throws CodecError `codec/epoch` */
export function parseEpochDetail(detail: string): number {
  const found = DETAIL.exec(detail)?.[1];
  if (found === undefined) throw new CodecError('codec/epoch', 'not the detail of an epoch');
  return Number(found);
}

function readSubject(reader: ByteReader): EpochSubject {
  const kind = reader.oneOf(reader.u8(), valuesOf(epochSubjectKinds));
  const caseBytes = reader.fixed(32);
  const authority = idFromBytes<AuthorityId>(reader.fixed(16));
  if (kind === epochSubjectKinds.case) return { kind, authority, caseId: idFromBytes<CaseId>(caseBytes) };
  if (caseBytes.some((byte) => byte !== 0)) throw new CodecError('codec/epoch', 'a case where none belongs');
  return { kind, authority };
}
