import {
  type ActId,
  type AuthorityId,
  fromBase64Url,
  isRogatoryError,
  limits,
  parseActId,
  utf8,
} from '@rogatory/kernel';
import type { KemKey } from '@rogatory/crypto/seal';
import { checkCommitment, verifyActSignature } from '@rogatory/crypto/verify';
import {
  actSubjects,
  type AuditGroup,
  type AuditLeaf,
  type AuditPurpose,
  auditPurposes,
  auditQueryStatement,
  auditViewStatement,
  decodeAuditLeaf,
  decodeAuditSource,
  decodeAuditWhat,
  decodeAuditWho,
  decodeSignedAct,
  decodeWhy,
  legalBases,
  nameOf,
  type RecordFilter,
} from '@rogatory/protocol';
import { parseTlogProof, verifyTlogProof } from '@rogatory/tlog';
import { openJustification, sealJustification } from '../acts/justification.js';
import type { LogView } from '../acts/log-view.js';
import { originOf } from '../acts/known-logs.js';
import type { ReceiptReport, Receipts } from '../acts/receipts.js';
import { verificationError } from '../client.errors.js';
import type { Directory } from '../directory/directory.js';
import type { UnlockedKeyStore } from '../keys/key-store.js';
import { auditRecordOperation, auditRecordsOperation, receiptOperation } from '../operations.generated.js';
import type { Gateway } from '../session/gateway.js';
import type { ServerFacts } from '../session/server-facts.js';
import { CompleteLists, newestFirst } from './complete-lists.js';
import type { CompleteList, Wanted } from './completeness.js';
import type { OpenGroups, OpenRecord, ToldErasure } from './open-record.js';
import { Findings } from './findings.js';
import { AuditEpochs } from './epochs.js';
import { AuditNotes, checkNote } from './notes.js';
import { listToRecipient, type RecipientList, type RecipientPage, type WantedRecipient } from './recipients.js';
import { RecordFiles } from './record-files.js';
import { AuditReports } from './reports.js';
import type { RecordList, Review } from './review.js';
import { asBytes, asFlag, asList, asText, asWhole, readAnswer } from '../transport/answer.js';

export interface AuditParts {
  readonly gateway: Gateway;
  readonly receipts: Receipts;
  readonly view: Pick<LogView, 'forkProof'>;
  readonly directory: Directory;
  readonly server: ServerFacts;
  readonly keys: UnlockedKeyStore;
}

/** What an auditor sees, and the receipts of one's own acts. Every look-up of an auditor is itself an act with a reason. */
export class Audit {
  readonly #parts: AuditParts;
  /** What somebody should look at. */
  readonly findings: Findings;
  /** What auditors of the own body write down. */
  readonly notes: AuditNotes;
  /** What the own body reports, at least every six months. */
  readonly reports: AuditReports;
  /** What the log says of itself every hour. */
  readonly epochs: AuditEpochs;
  /** Records to be given to others. */
  readonly files: RecordFiles;
  readonly #lists: CompleteLists;

  constructor(parts: AuditParts) {
    this.#parts = parts;
    const { gateway, directory, keys, server } = parts;
    const reason = (review: Review) => this.#reason(review);
    this.notes = new AuditNotes({ gateway, directory, keys, reason });
    this.findings = new Findings({
      ...{ gateway, directory, keys },
      list: (review, range, page) => this.list(review, range, page),
      reason,
    });
    this.epochs = new AuditEpochs({ gateway, reason, open: (told) => this.#open(told) });
    this.#lists = new CompleteLists({
      ...{ gateway, server, reason, open: (told) => this.#open(told), reviewed: () => this.reviewed() },
      list: (review, filter, page) => this.list(review, filter, page),
      get: (review, recordId) => this.get(review, recordId),
    });
    this.files = new RecordFiles({ gateway, directory, server, reason });
    this.reports = new AuditReports({
      ...{ gateway, directory, keys, server, reason },
      recordFile: (review, recordId) => this.files.get(review, recordId),
      sources: {
        findings: this.findings,
        list: (review, filter, page) => this.list(review, filter, page),
        get: (review, recordId) => this.get(review, recordId),
      },
      reviewed: () => this.reviewed(),
    });
  }

  /** Records that fit, newest first. @throws VerificationError for a record that does not hold together. */
  async list(
    review: Review,
    filter: RecordFilter,
    page: { readonly first?: number; readonly beforeIndex?: number } = {},
  ): Promise<RecordList> {
    const { gateway, directory } = this.#parts;
    await directory.syncWhenOld();
    const first = page.first ?? limits.defaultPageItems;
    const { beforeIndex } = page;
    const asked = { first, ...(beforeIndex === undefined ? {} : { beforeIndex }) };
    const statement = utf8(auditQueryStatement(review.purpose, filter, asked));
    const variables = {
      filter: variablesOf(filter),
      purpose: nameOf(auditPurposes, review.purpose),
      first,
      ...(beforeIndex === undefined ? {} : { after: beforeIndex }),
    };
    const subject = actSubjects.queryRecords(statement);
    const call = { variables, subject, reason: this.#reason(review) };
    return gateway.call(auditRecordsOperation, call, ({ auditRecords }) => ({
      records: newestFirst((asList(auditRecords.records), auditRecords.records).map((record) => this.#open(record))),
      nextBeforeIndex: asFlag(auditRecords.hasMore) ? asWhole(auditRecords.endCursor) : undefined,
    }));
  }

  /** Records that fit and were handed to a recipient, newest first; chosen here, over what the server may not see. */
  listTo(
    review: Review,
    wanted: { readonly filter: RecordFilter; readonly recipient: WantedRecipient },
    page: RecipientPage,
  ): Promise<RecipientList> {
    return listToRecipient((...asked) => this.list(...asked), { review, ...wanted }, page);
  }

  /** One record with the proof of its place. */
  async get(review: Review, recordId: ActId): Promise<OpenRecord> {
    const { gateway, directory } = this.#parts;
    await directory.syncWhenOld();
    const statement = utf8(auditViewStatement(review.purpose));
    const variables = { recordId, purpose: nameOf(auditPurposes, review.purpose) };
    const call = { variables, subject: actSubjects.viewRecord(recordId, statement), reason: this.#reason(review) };
    const told = await gateway.call(auditRecordOperation, call, ({ auditRecord }) => auditRecord);
    await this.#reachLog(told);
    return readAnswer(() => {
      const record = this.#open(told);
      if (record.recordId !== recordId) throw verificationError('client/answer');
      return record;
    });
  }

  /**
   * All records of a case or an authority that fit, re-checked against the counts of an epoch of the log: a record that
   * the server leaves out, or puts in another's place, is found. `filter.shard` names a log that ended; its last epoch counts.
   * @throws VerificationError `client/incomplete`; RefusedError `audit/not-found` for an authority that one does not
   * review, `client/too-many` beyond `limits.maxCompleteRecords`; what `list` throws.
   */
  async complete(review: Review, wanted: Wanted, filter: RecordFilter = {}): Promise<CompleteList> {
    await this.#parts.directory.syncWhenOld();
    return this.#lists.of(review, wanted, filter);
  }

  /** The authorities that name this auditor's oversight body, and the body itself. */
  reviewed(): readonly AuthorityId[] {
    const { directory, keys } = this.#parts;
    const ids = directory.view.authorities().map(({ authorityId }) => authorityId);
    const { authorityId: own } = keys;
    return ids.filter((id) => id === own || directory.view.oversightOf(id)?.authorityId === own);
  }

  /** The free text of a justification, for the holder of the oversight body's key. @throws VerificationError `crypto/open`. */
  justificationText(record: OpenRecord, oversightKey: KemKey): string {
    const { why, who } = record.groups;
    if (why === undefined || who?.deviceId === undefined) return '';
    return openJustification(why, who.deviceId, oversightKey);
  }

  /**
   * The proof that this device keeps of a log with two histories, in the form of `tlog.md` 8; undefined where there is none.
   * It convinces anybody who knows the key of the log.
   */
  forkProof(): Promise<Uint8Array | undefined> {
    return this.#parts.view.forkProof();
  }

  /** Demands the proofs of one's own acts. */
  receipts(): Promise<ReceiptReport> {
    const { gateway, receipts } = this.#parts;
    return receipts.check(async (recordId, knownSize) => {
      try {
        return await gateway.call(receiptOperation, { variables: { recordId, knownSize } }, ({ receipt }) => ({
          recordId: parseActId(asText(receipt.recordId)),
          leaf: asBytes(receipt.leaf),
          proof: receipt.proof === null ? undefined : asText(receipt.proof),
          consistency: asList(receipt.consistency, limits.maxProofHashes).map(asBytes),
        }));
      } catch (error) {
        // A record that was promised and is denied now: what is left of it is the promise.
        if (isRogatoryError(error) && error.code === 'access/refused') return undefined;
        throw error;
      }
    });
  }

  /** The record may be of a log that ended before this device came. */
  async #reachLog({ proof }: ToldRecord): Promise<void> {
    if (proof === null || proof === undefined) return;
    const origin = readAnswer(() => originOf(parseTlogProof(utf8(asText(proof))).checkpoint));
    await this.#parts.server.reach(origin);
  }

  #reason({ justification }: Review) {
    const { gateway, directory, keys } = this.#parts;
    const { deviceId, authorityId } = keys;
    const input = { deviceId, authorityId, view: directory.view, random: gateway.random };
    return sealJustification(justification ?? { legalBasis: legalBases.oversight }, input);
  }

  #open(told: ToldRecord): OpenRecord {
    const leafBytes = asBytes(told.leaf);
    const leaf = decodeAuditLeaf(leafBytes);
    const recordId = parseActId(asText(told.recordId));
    if (leaf.id !== recordId) throw verificationError('client/answer');
    let groups: OpenGroups = {};
    for (const group of asList(told.groups)) groups = { ...groups, ...openGroup(leaf, group as ToldGroup) };
    const index = told.index === null ? undefined : asWhole(told.index);
    const proven = index === undefined ? undefined : this.#prove(told, index, leafBytes);
    const isSigned = this.#isSigned(leaf, groups);
    const erased = asList(told.erased).map((part) => toldErasure(part as { groups: unknown; erasureId: unknown }));
    const restrictedTo = told.restrictedTo === null ? undefined : purposeOf(asText(told.restrictedTo));
    const notes = told.notes === null || told.notes === undefined ? [] : this.#notesOf(told.notes, recordId);
    const { provenIn, provenLog } = proven ?? { provenIn: undefined, provenLog: undefined };
    return { recordId, index, leaf, leafBytes, groups, isSigned, provenIn, provenLog, erased, restrictedTo, notes };
  }

  #notesOf(told: unknown, about: ActId): readonly OpenRecord[] {
    return asList(told, limits.maxShownNotes).map((one) => {
      const note = this.#open({ ...(one as ToldRecord), notes: null });
      checkNote(note, about, this.#parts.keys);
      return note;
    });
  }

  #prove(told: ToldRecord, index: number, leafBytes: Uint8Array) {
    if (told.proof === null || told.proof === undefined) return undefined;
    const proof = parseTlogProof(utf8(asText(told.proof)));
    const proven = verifyTlogProof(leafBytes, proof, (note) => this.#parts.server.openHead(note));
    if (proven.index !== index) throw verificationError('client/answer');
    return { provenIn: proven.checkpoint.size, provenLog: originOf(proof.checkpoint) };
  }

  /** SPEC: audit 3: the act in a record is of its id and event, signed by the device that `who` names. */
  #isSigned(leaf: AuditLeaf, { act, who }: OpenGroups): boolean {
    if (act === undefined || who?.deviceId === undefined) return false;
    const device = this.#parts.directory.view.device(who.deviceId);
    const isOf = act.act.actId === leaf.id && act.act.operation === leaf.ev && act.act.deviceId === who.deviceId;
    if (device === undefined || !isOf) throw verificationError('client/answer');
    verifyActSignature(act, device.certificate.signingKey);
    return true;
  }
}

interface ToldGroup {
  readonly name: unknown;
  readonly opening: unknown;
  readonly bytes: unknown;
}

interface ToldRecord {
  readonly index: unknown;
  readonly recordId: unknown;
  readonly leaf: unknown;
  readonly groups: unknown;
  readonly erased: unknown;
  readonly restrictedTo: unknown;
  readonly proof: unknown;
  readonly notes?: unknown;
}

const decoders: { readonly [Group in AuditGroup]: (bytes: Uint8Array) => OpenGroups } = {
  who: (bytes) => ({ who: decodeAuditWho(bytes) }),
  what: (bytes) => ({ what: decodeAuditWhat(bytes) }),
  why: (bytes) => ({ why: decodeWhy(bytes) }),
  src: (bytes) => ({ src: decodeAuditSource(bytes) }),
  act: (bytes) => ({ act: decodeSignedAct(bytes) }),
};

function toldErasure({ groups, erasureId }: { readonly groups: unknown; readonly erasureId: unknown }): ToldErasure {
  const names = asList(groups, Object.keys(decoders).length).map(asText);
  if (!names.every((name) => Object.hasOwn(decoders, name))) throw verificationError('client/answer');
  return { groups: names as AuditGroup[], erasure: parseActId(asText(erasureId)) };
}

function purposeOf(name: string): AuditPurpose {
  if (!Object.hasOwn(auditPurposes, name)) throw verificationError('client/answer');
  return auditPurposes[name as keyof typeof auditPurposes];
}

/** A group counts only when the leaf commits to exactly these bytes. */
function openGroup(leaf: AuditLeaf, told: ToldGroup): OpenGroups {
  const label = asText(told.name);
  if (!Object.hasOwn(decoders, label)) throw verificationError('client/answer');
  const group = label as AuditGroup;
  const commitment = leaf.com[group];
  if (commitment === undefined) throw verificationError('client/answer');
  const bytes = asBytes(told.bytes);
  checkCommitment({ label: group, opening: asBytes(told.opening), bytes }, fromBase64Url(commitment));
  return decoders[group](bytes);
}

/** The filter as the schema names its fields. */
function variablesOf(filter: RecordFilter) {
  const fields = {
    fromMs: filter.fromMs,
    beforeMs: filter.beforeMs,
    event: filter.event,
    eventClass: filter.class,
    outcome: filter.outcome,
    personId: filter.person,
    deviceId: filter.device,
    authorityId: filter.authority,
    ownerAuthorityId: filter.ownerAuthority,
    caseId: filter.caseId,
    objectId: filter.object,
    legalBasis: filter.legalBasis,
    zone: filter.zone,
    hours: filter.hours,
    days: filter.days,
    firstIndex: filter.firstIndex,
    lastIndex: filter.lastIndex,
    shard: filter.shard,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
