import { isRogatoryError, toHex } from '@rogatory/kernel';
import { parseTlogProof, parseVerifierKey, type SignedCheckpoint } from '@rogatory/tlog';
import { areSound, type AuditClaim, type ClaimVerdict, notChecked, verdictOf } from '../log/claims.js';
import { originOf } from '../log/kept-receipts.js';
import type { LogSource } from '../log/log-source.js';
import { headOpener, type LogTrust, trustAt } from '../log/log-trust.js';
import { type AuditReport, verifyAuditLog } from '../log/verify-audit-log.js';
import { ifOpened, witnessClaim } from '../log/witness-claim.js';
import type { SuccessionFile } from './succession-file.js';
import { type FollowedLog, verifySuccession } from './verify-succession.js';

export interface SuccessionReport extends AuditReport {
  /** The log that follows, once it is shown to: whoever pinned the old one may pin this key. */
  readonly next: { readonly origin: string; readonly key: string; readonly reason: string } | undefined;
}

export interface SuccessionVerification extends LogTrust {
  /** `origin` and `logKeys` are those of the old log. */
  readonly file: SuccessionFile;
  /** Files of the old log: all of it leads to its final head. */
  readonly oldLog?: LogSource;
  /** Files of the log that follows: its head has the first record that is told. */
  readonly nextLog?: LogSource;
}

/**
 * Verifies that one log follows another: the old one says itself that it ended and which key goes on, and the first record under that
 * key says the same (SPEC: audit 15). With the files of either, that log is verified as well, against the head that is told. What is wrong
 * is the answer; of a log, with the first bad index.
 */
export async function verifySuccessionFile(given: SuccessionVerification): Promise<SuccessionReport> {
  const input = trustAt(given, given.file.origin);
  const { file, oldLog, nextLog } = input;
  const open = headOpener(input);
  const head = ifOpened(open, file.checkpoint);
  const { followed, claim } = judged(input);
  const logs = [
    ...(oldLog === undefined ? [] : [await logClaim('old-log', oldLog, { ...input, head, told: file.checkpoint })]),
    ...(nextLog === undefined ? [] : [await nextClaim(nextLog, input, followed)]),
  ];
  const checkpoint =
    head === undefined
      ? verdictOf('checkpoint', 'fails', { code: 'checkpoint-refused' })
      : verdictOf('checkpoint', 'holds', { count: 1 });
  const claims = [checkpoint, witnessesClaim(input, head, followed), claim, ...logs];
  const { origin, key, reason } = followed ?? {};
  return {
    ...{
      isSound: areSound(claims),
      size: head?.size ?? 0,
      root: head ? toHex(head.root) : '',
      claims,
      events: new Map(),
    },
    next: origin === undefined || key === undefined || reason === undefined ? undefined : { origin, key, reason },
  };
}

function judged(input: SuccessionVerification): { readonly followed?: FollowedLog; readonly claim: ClaimVerdict } {
  const { file, origin, logKeys } = input;
  if (file.origin !== origin) return { claim: verdictOf('succession', 'fails', { code: 'other-log' }) };
  try {
    const known = { trust: { origin, logKeys }, head: { size: 0, root: new Uint8Array(32) }, vouch: () => undefined };
    const followed = verifySuccession(file, known);
    return { followed, claim: verdictOf('succession', 'holds', { count: 2 }) };
  } catch (error) {
    if (!isRogatoryError(error)) throw error;
    const reason = error.details['reason'];
    const code = typeof reason === 'string' ? reason : error.code;
    return { claim: verdictOf('succession', 'fails', { code, ...placeOf(code, file) }) };
  }
}

/** Where what is wrong stands: the last record of the old log, or the first of the next. */
function placeOf(code: string, { closing }: SuccessionFile): { readonly firstBadIndex?: number } {
  if (code === 'genesis') return { firstBadIndex: 0 };
  if (code !== 'closing' || closing === undefined) return {};
  try {
    return { firstBadIndex: parseTlogProof(closing.proof).index };
  } catch (error) {
    if (!isRogatoryError(error)) throw error;
    return {};
  }
}

/** The quorum has to vouch for both heads, whenever it did. */
function witnessesClaim(
  input: SuccessionVerification,
  head: SignedCheckpoint | undefined,
  followed: FollowedLog | undefined,
): ClaimVerdict {
  const old = witnessClaim(input, head);
  if (old.outcome !== 'holds' || followed === undefined) return old;
  const next = { ...input, origin: followed.origin, logKeys: [parseVerifierKey(followed.key)] };
  const note = parseTlogProof(input.file.genesis.proof).checkpoint;
  return witnessClaim(input, ifOpened(headOpener(next), note));
}

async function nextClaim(
  source: LogSource,
  input: SuccessionVerification,
  followed: FollowedLog | undefined,
): Promise<ClaimVerdict> {
  if (followed === undefined) return notChecked('next-log', 'not-followed');
  const { origin, key, head } = followed;
  const logKeys = [parseVerifierKey(key)];
  const told = parseTlogProof(input.file.genesis.proof).checkpoint;
  return logClaim('next-log', source, { ...input, origin, logKeys, head, told, mayGrow: true });
}

interface ToldLog extends LogTrust {
  readonly head: SignedCheckpoint | undefined;
  /** The head that is told, verbatim: the files have to extend it. */
  readonly told: Uint8Array;
  /** A log that ended has no record more. */
  readonly mayGrow?: boolean;
}

async function logClaim(
  claim: Extract<AuditClaim, 'old-log' | 'next-log'>,
  source: LogSource,
  { head, told, mayGrow = false, ...trust }: ToldLog,
): Promise<ClaimVerdict> {
  if (head === undefined) return notChecked(claim, 'checkpoint-refused');
  // Heads of the other log have nothing to do with this one.
  const earlier = (trust.earlier ?? []).filter((note) => originOf(note) === trust.origin);
  const report = await verifyAuditLog({ ...trust, source, earlier: [...earlier, told] });
  const bad = report.claims.find(({ outcome }) => outcome === 'fails' || outcome === 'unsupported');
  const facts = { count: report.size };
  if (bad !== undefined) {
    const { outcome, code, firstBadIndex, firstBadRecord } = bad;
    return verdictOf(claim, outcome, { ...facts, code: code ?? bad.claim, firstBadIndex, firstBadRecord });
  }
  const isWhole = mayGrow || (report.size === head.size && report.root === toHex(head.root));
  return isWhole
    ? verdictOf(claim, 'holds', facts)
    : verdictOf(claim, 'fails', { ...facts, code: 'not-its-end', firstBadIndex: Math.min(report.size, head.size) });
}
