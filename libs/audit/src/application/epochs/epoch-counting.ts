import { type AuthorityId, type CaseId, toHex } from '@rogatory/kernel';
import { nextEpochDigest } from '@rogatory/crypto/verify';
import {
  type EpochEntry,
  type EpochSubject,
  encodeEpochSubject,
  epochSubjectKinds,
  type RecordSubject,
} from '@rogatory/protocol';
import { leafHash } from '@rogatory/tlog';

/** What is counted of one record. */
export interface CountedRecord {
  readonly index: number;
  readonly leaf: Uint8Array;
  readonly timeMs: number;
  readonly caseId: CaseId | undefined;
  readonly actorAuthority: AuthorityId | undefined;
  readonly ownerAuthority: AuthorityId | undefined;
}

/** A subject as the key of a map. */
export function subjectKey(subject: EpochSubject): string {
  return toHex(encodeEpochSubject(subject));
}

/** A subject of which nothing is counted. */
export function emptyEntry(subject: RecordSubject): EpochEntry {
  return { subject, count: 0, lastIndex: 0, digest: new Uint8Array(32) };
}

/** What a record counts for. SPEC: review 2.1 */
export function subjectsOf({ caseId, actorAuthority, ownerAuthority }: CountedRecord): readonly RecordSubject[] {
  const subjects: RecordSubject[] = [];
  if (actorAuthority !== undefined) {
    subjects.push({ kind: epochSubjectKinds.actorAuthority, authority: actorAuthority });
  }
  if (ownerAuthority === undefined) return subjects;
  subjects.push({ kind: epochSubjectKinds.ownerAuthority, authority: ownerAuthority });
  if (caseId !== undefined) subjects.push({ kind: epochSubjectKinds.case, authority: ownerAuthority, caseId });
  return subjects;
}

/** The counts with these records in them, in the order of their indices; those that no record touched are left out. */
export function countRecords(known: readonly EpochEntry[], records: readonly CountedRecord[]): readonly EpochEntry[] {
  const counts = new Map(known.map((entry) => [subjectKey(entry.subject), entry]));
  const touched = new Set<string>();
  for (const record of records) {
    const hash = leafHash(record.leaf);
    for (const subject of subjectsOf(record)) {
      const key = subjectKey(subject);
      const { count, digest } = counts.get(key) ?? emptyEntry(subject);
      const next = { count: count + 1, lastIndex: record.index, digest: nextEpochDigest(digest, record.index, hash) };
      counts.set(key, { subject, ...next });
      touched.add(key);
    }
  }
  return [...counts].flatMap(([key, entry]) => (touched.has(key) ? [entry] : []));
}
