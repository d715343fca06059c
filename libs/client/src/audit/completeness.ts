import { type AuthorityId, type CaseId, equalBytes, limits, parseAuthorityId, utf8 } from '@rogatory/kernel';
import { epochPosition, epochCommitment, nextEpochDigest } from '@rogatory/crypto/verify';
import {
  type CountedName,
  decodeEpochEntry,
  encodeEpochSubject,
  type EpochEntry,
  type EpochFacts,
  type EpochSubject,
  epochSubjectKinds,
  parseEpochDetail,
  type RecordFilter,
  type RecordSubject,
} from '@rogatory/protocol';
import { leafHash, verifyPosition } from '@rogatory/tlog';
import { verificationError } from '../client.errors.js';
import { asBytes, asList, asText } from '../transport/answer.js';
import type { OpenRecord } from './open-record.js';

/** Of which records an auditor wants them all: those of a case, of an authority's people, or about what it owns. */
export type Wanted =
  | { readonly caseId: CaseId }
  | { readonly authority: AuthorityId }
  | { readonly ownerAuthority: AuthorityId };

/** A list that lacks nothing, as of an epoch of the log. */
export interface CompleteList {
  /** Newest first. */
  readonly records: readonly OpenRecord[];
  /** The list is whole up to, not with, this index. */
  readonly beforeIndex: number;
  /** Server's time of the epoch, UTC milliseconds. */
  readonly epochMs: number;
  /** Number of the epoch within its log. */
  readonly epoch: number;
  /** Records that the epoch counts of what was wanted; the further conditions chose `records` among them. */
  readonly counted: number;
  /** Size of the signed tree in which the epoch was proven. */
  readonly provenIn: number;
  /** Reviewed authorities of which a log that ended counts nothing, by the server's word: they joined later, or had no record. */
  readonly uncounted: readonly AuthorityId[];
}

/** The epoch that an answer rests on, with its record checked. */
export interface ProvenEpoch {
  readonly facts: EpochFacts;
  readonly timeMs: number;
  readonly provenIn: number;
}

/** How the schema names what is wanted. */
export function countedOf(wanted: Wanted): { readonly counted: CountedName; readonly id: string } {
  if ('caseId' in wanted) return { counted: 'case', id: wanted.caseId };
  if ('authority' in wanted) return { counted: 'actorAuthority', id: wanted.authority };
  return { counted: 'ownerAuthority', id: wanted.ownerAuthority };
}

/**
 * The facts that the record of an epoch commits to.
 * @throws VerificationError `client/answer` for a record that is no epoch of this log, or is not shown to be in it.
 */
export function epochOf(record: OpenRecord): Omit<ProvenEpoch, 'provenIn'> {
  if (record.index === undefined) throw wrongAnswer();
  return epochFactsOf(record);
}

/** The same of a record that may wait for its place in the log. */
export function epochFactsOf({
  leaf,
  groups,
  index,
}: Pick<OpenRecord, 'leaf' | 'groups' | 'index'>): Omit<ProvenEpoch, 'provenIn'> {
  const { what } = groups;
  const isEpoch = leaf.ev === 'log.epoch' && leaf.out === 'allowed' && leaf.ms === 'EU';
  if (!isEpoch || what?.objectHash === undefined || (index !== undefined && index < what.bytes)) throw wrongAnswer();
  const number = parseEpochDetail(what.detail);
  return { facts: { number, size: what.bytes, entries: what.count, root: what.objectHash }, timeMs: leaf.t };
}

interface ToldCount {
  readonly authorityId: unknown;
  readonly opening: unknown;
  readonly entry: unknown;
  readonly siblings: unknown;
}

/** The entry of a subject, found to be the one that the map of the epoch holds. @throws VerificationError. */
export function provenEntry<Subject extends EpochSubject>(
  told: Omit<ToldCount, 'authorityId'>,
  subject: Subject,
  place: EntryPlace,
): EpochEntry<Subject> {
  const bytes = asBytes(told.entry);
  const commitment = epochCommitment(asBytes(told.opening), bytes);
  const siblings = asList(told.siblings, limits.maxPositionDepth).map(asBytes);
  const encoded = encodeEpochSubject(subject);
  verifyPosition(place.root, epochPosition(utf8(place.origin), encoded), { commitment, siblings });
  const entry = decodeEpochEntry(bytes);
  if (!equalBytes(encodeEpochSubject(entry.subject), encoded)) throw wrongAnswer();
  return { ...entry, subject };
}

export interface EntryPlace {
  readonly root: Uint8Array;
  readonly origin: string;
}

/**
 * The entries of what is wanted. Of a case there has to be one per authority that the asker reviews: whoever leaves one
 * out hides that it owned the case. The last epoch of a log that ended has no place for what had no record: those are `missing`.
 */
export function provenEntries(
  told: readonly ToldCount[],
  wanted: Wanted,
  { reviewed, isOver, ...place }: EntryPlace & { readonly reviewed: readonly AuthorityId[]; readonly isOver: boolean },
): { readonly entries: readonly EpochEntry<RecordSubject>[]; readonly missing: readonly AuthorityId[] } {
  const byAuthority = new Map(told.map((count) => [parseAuthorityId(asText(count.authorityId)), count]));
  if (byAuthority.size !== told.length) throw wrongAnswer();
  const demanded = 'caseId' in wanted ? [...new Set([...reviewed, ...byAuthority.keys()])] : [authorityOf(wanted)];
  if (!('caseId' in wanted) && told.length !== 1 && !(isOver && told.length === 0)) throw wrongAnswer();
  const missing = demanded.filter((authority) => !byAuthority.has(authority));
  const [first] = missing;
  if (first !== undefined && !isOver) throw incomplete(first);
  const entries = demanded.flatMap((authority) => {
    const count = byAuthority.get(authority);
    return count === undefined ? [] : [provenEntry(count, subjectOf(wanted, authority), place)];
  });
  return { entries, missing };
}

/**
 * The records that the entries count, found to be all of them and exactly those. Others that the list brought along, such
 * as those of own people in a case of others, are left out: nothing tells whether they are all.
 * @throws VerificationError `client/incomplete` when one is missing, stands elsewhere, or is another.
 */
export function wholeOf(
  entries: readonly EpochEntry<RecordSubject>[],
  records: readonly OpenRecord[],
): readonly OpenRecord[] {
  const ascending = records.toReversed();
  const found = entries.map(({ subject, ...counted }) => {
    const own = ascending.filter((record) => isOf(record, subject) === true);
    // A restricted record comes without its groups, and says so: that it is one of these, the digest tells.
    const maybe = ascending.filter((record) => isOf(record, subject) ?? isWithheld(record));
    const whole = [own, maybe].find((some) => isCounted(some, counted));
    if (whole === undefined) throw incomplete(subject.authority, { counted: counted.count, listed: own.length });
    return whole;
  });
  const all = new Set(found.flat());
  return records.filter((record) => all.has(record));
}

function isWithheld({ restrictedTo, erased }: OpenRecord): boolean {
  return restrictedTo !== undefined || erased.length > 0;
}

function isCounted(records: readonly OpenRecord[], counted: Omit<EpochEntry, 'subject'>): boolean {
  if (records.length !== counted.count || (records.at(-1)?.index ?? 0) !== counted.lastIndex) return false;
  let digest: Uint8Array = new Uint8Array(32);
  for (const { index, leafBytes } of records) digest = nextEpochDigest(digest, index ?? 0, leafHash(leafBytes));
  return equalBytes(digest, counted.digest);
}

/** The filter that finds everything wanted below the size of an epoch. */
export function filterOfWanted(wanted: Wanted, size: number): RecordFilter {
  return { ...wanted, lastIndex: Math.max(0, size - 1) };
}

/** Whether a record is of a subject; undefined where the group that says so is not opened. */
function isOf({ groups: { who, what } }: OpenRecord, subject: RecordSubject): boolean | undefined {
  if (subject.kind === epochSubjectKinds.actorAuthority) return who && who.authorityId === subject.authority;
  if (what === undefined) return undefined;
  if (what.ownerAuthorityId !== subject.authority) return false;
  return subject.kind !== epochSubjectKinds.case || what.caseId === subject.caseId;
}

function subjectOf(wanted: Wanted, authority: AuthorityId): RecordSubject {
  if ('caseId' in wanted) return { kind: epochSubjectKinds.case, authority, caseId: wanted.caseId };
  return { kind: epochSubjectKinds[countedOf(wanted).counted as 'actorAuthority' | 'ownerAuthority'], authority };
}

function authorityOf(wanted: Exclude<Wanted, { readonly caseId: CaseId }>): AuthorityId {
  return 'authority' in wanted ? wanted.authority : wanted.ownerAuthority;
}

export function incomplete(authority: AuthorityId, numbers: Readonly<Record<string, number>> = {}) {
  return verificationError('client/incomplete', { details: { authority, ...numbers } });
}

function wrongAnswer() {
  return verificationError('client/answer');
}
