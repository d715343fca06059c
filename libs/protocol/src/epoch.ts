import { type AuthorityId, type CaseId, CodecError, type CompartmentId, idBytes, idFromBytes } from '@rogatory/kernel';
import { ByteReader, ByteWriter, valuesOf } from './codec.js';
import { sizes } from './purposes.js';

/** What an epoch says something of. The number is on the wire. */
export const epochSubjectKinds = { case: 1, actorAuthority: 2, ownerAuthority: 3, compartment: 4 } as const;
export type EpochSubjectKind = (typeof epochSubjectKinds)[keyof typeof epochSubjectKinds];

/**
 * Records that an epoch counts together: those of a case (as far as they name this owner of it), those whose actor is of
 * an authority, or those about cases and objects that an authority owns.
 */
export type RecordSubject =
  | { readonly kind: typeof epochSubjectKinds.case; readonly authority: AuthorityId; readonly caseId: CaseId }
  | {
      readonly kind: typeof epochSubjectKinds.actorAuthority | typeof epochSubjectKinds.ownerAuthority;
      readonly authority: AuthorityId;
    };

/** A compartment, of which an epoch says how long its chain and its content log are, and with which heads. */
export interface CompartmentSubject {
  readonly kind: typeof epochSubjectKinds.compartment;
  readonly compartmentId: CompartmentId;
}

export type EpochSubject = RecordSubject | CompartmentSubject;

/** What an epoch says of one subject: how many records or links there are, which was the last, and a digest. */
export interface EpochEntry<Subject extends EpochSubject = EpochSubject> {
  readonly subject: Subject;
  /** Records; of a compartment its links. */
  readonly count: number;
  /** Index of the newest record, 0 when there is none; of a compartment the last position of its content log. */
  readonly lastIndex: number;
  /**
   * Over index and leaf hash of each record, in order (`nextEpochDigest` of libs/crypto), zeros when there is none; of a
   * compartment over both of its heads (`epochHeadsDigest`).
   */
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
const NO_AUTHORITY = new Uint8Array(16);
const DETAIL = /^epoch=([1-9][0-9]{0,14})$/;

/** SPEC: review 2.1: kind u8 ‖ case or compartment id 32 (zeros of kind 2 and 3) ‖ authority id 16 (zeros of kind 4) */
export function encodeEpochSubject(subject: EpochSubject): Uint8Array {
  const authority = subject.kind === epochSubjectKinds.compartment ? NO_AUTHORITY : idBytes(subject.authority);
  return new ByteWriter().u8(subject.kind).fixed(placeOf(subject), 32).fixed(authority, 16).finish();
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
  // A compartment has at least its first link, and each link a position in the content log.
  const mayBeEmpty = subject.kind !== epochSubjectKinds.compartment && isEmpty;
  const isPossible = entry.count === 0 ? mayBeEmpty : entry.count <= entry.lastIndex + 1;
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

function placeOf(subject: EpochSubject): Uint8Array {
  if (subject.kind === epochSubjectKinds.case) return idBytes(subject.caseId);
  return subject.kind === epochSubjectKinds.compartment ? idBytes(subject.compartmentId) : NO_CASE;
}

function readSubject(reader: ByteReader): EpochSubject {
  const kind = reader.oneOf(reader.u8(), valuesOf(epochSubjectKinds));
  const [place, authorityBytes] = [reader.fixed(32), reader.fixed(16)];
  if (kind === epochSubjectKinds.compartment) {
    if (authorityBytes.some((byte) => byte !== 0)) {
      throw new CodecError('codec/epoch', 'an authority where none belongs');
    }
    return { kind, compartmentId: idFromBytes<CompartmentId>(place) };
  }
  const authority = idFromBytes<AuthorityId>(authorityBytes);
  if (kind === epochSubjectKinds.case) return { kind, authority, caseId: idFromBytes<CaseId>(place) };
  if (place.some((byte) => byte !== 0)) throw new CodecError('codec/epoch', 'a case where none belongs');
  return { kind, authority };
}
