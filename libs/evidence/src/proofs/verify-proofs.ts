import { CodecError, fromBase64, isRogatoryError, limits, parseUtf8, toBase64, toHex, utf8 } from '@rogatory/kernel';
import {
  leafHash,
  parseForkProof,
  parseNote,
  parseTlogProof,
  type SignedCheckpoint,
  verifyForkProof,
  verifyTlogProof,
} from '@rogatory/tlog';
import { exportGroups, type GroupOpenings, groupOpeningsOf } from '../export/export-file.js';
import { areSound, type ClaimVerdict, notChecked, verdictOf } from '../log/claims.js';
import { KeptReceipts } from '../log/kept-receipts.js';
import { LeafWalk } from '../log/leaf-walk.js';
import { headOpener, type LogTrust } from '../log/log-trust.js';
import type { AuditReport } from '../log/verify-audit-log.js';
import { ifOpened, witnessClaim } from '../log/witness-claim.js';
import { OpenedRecords, type OpenedRecordsParts } from '../records/opened-records.js';
import { parseObject } from '../parse-object.js';

/** One record that somebody holds: its leaf, the proof of its place, and what was opened of it. */
export interface RecordFile {
  readonly leaf: Uint8Array;
  /** `.tlog-proof` */
  readonly proof: Uint8Array;
  readonly open: GroupOpenings | undefined;
}

const FORMAT = 'rogatory/audit-record/v1';
const MAX_BYTES = limits.maxExportLineBytes + 2 * limits.maxNoteBytes;

/** UTF-8 JSON with the members format, leaf, proof, and open where anything is opened. */
export function encodeRecordFile({ leaf, proof, open }: RecordFile): Uint8Array {
  const groups = exportGroups.flatMap((group) => {
    const given = open?.[group];
    return given === undefined ? [] : [[group, [toBase64(given.opening), toBase64(given.bytes)]] as const];
  });
  const opened = open === undefined ? {} : { open: Object.fromEntries(groups) };
  const text = { format: FORMAT, leaf: toBase64(leaf), proof: parseUtf8(proof), ...opened };
  return utf8(`${JSON.stringify(text, undefined, 2)}\n`);
}

/** @throws CodecError `evidence/record`. */
export function parseRecordFile(bytes: Uint8Array): RecordFile {
  const { format, leaf, proof, open, ...rest } = parseObject(bytes, malformed, MAX_BYTES);
  if (format !== FORMAT || Object.keys(rest).length > 0) throw malformed();
  if (typeof leaf !== 'string' || typeof proof !== 'string') throw malformed();
  return { leaf: fromBase64(leaf), proof: utf8(proof), open: open === undefined ? undefined : groupOpeningsOf(open) };
}

/**
 * Verifies one record: its leaf stands under a signed head at the place that the proof says, and what is opened of it is
 * what it commits to. What is wrong is the answer.
 */
export function verifyRecordFile(input: LogTrust & OpenedRecordsParts & { readonly record: RecordFile }): AuditReport {
  const { leaf: bytes, proof, open: groups } = input.record;
  const open = headOpener(input);
  const told = inclusionOf(bytes, proof, open);
  const leaves = new LeafWalk(new KeptReceipts({ ...input, receipts: [] }, open));
  const leaf = leaves.leaf(bytes, told.index ?? 0);
  const index = told.index ?? 0;
  const isProven = told.inclusion.outcome === 'holds';
  const records = new OpenedRecords({ origin: input.origin, first: index, scope: [] }, input);
  if (leaf !== undefined) records.take(leaf, { index, hash: leafHash(bytes), open: groups });
  const [leafClaim] = leaves.claims(isProven);
  const range = { first: index, end: index + 1, isProven, asOfMs: input.nowMs };
  const opened = records.claims(range).filter(({ claim }) => claim === 'openings' || claim === 'devices');
  const claims = [
    told.checkpoint,
    witnessClaim(input, told.head),
    told.inclusion,
    ...(leafClaim ? [leafClaim] : []),
    ...opened,
  ];
  return reportOf(claims, told.head, leaves.events);
}

/** Verifies evidence that a log forked. Sound evidence is a claim `fork` that holds: the log is then not to be trusted. */
export function verifyForkFile(
  input: Pick<LogTrust, 'origin' | 'logKeys' | 'policy'> & { readonly proof: Uint8Array },
): AuditReport {
  try {
    const { second } = verifyForkProof(parseForkProof(input.proof), headOpener(input));
    return reportOf([verdictOf('fork', 'holds', { count: 2 })], second, new Map());
  } catch (error) {
    if (!isRogatoryError(error)) throw error;
    return reportOf([verdictOf('fork', 'fails', { code: error.code })], undefined, new Map());
  }
}

interface ToldPlace {
  readonly index: number | undefined;
  readonly head: SignedCheckpoint | undefined;
  readonly checkpoint: ClaimVerdict;
  readonly inclusion: ClaimVerdict;
}

function inclusionOf(leaf: Uint8Array, bytes: Uint8Array, open: (bytes: Uint8Array) => SignedCheckpoint): ToldPlace {
  let index: number | undefined;
  let head: SignedCheckpoint | undefined;
  try {
    const proof = parseTlogProof(bytes);
    index = proof.index;
    parseNote(proof.checkpoint);
    head = ifOpened(open, proof.checkpoint);
    verifyTlogProof(leaf, proof, open);
    const holds = { count: 1 };
    return {
      index,
      head,
      checkpoint: verdictOf('checkpoint', 'holds', holds),
      inclusion: verdictOf('inclusion', 'holds', { ...holds, firstBadIndex: undefined }),
    };
  } catch (error) {
    if (!isRogatoryError(error)) throw error;
    const { code } = error;
    const at = index === undefined ? {} : { firstBadIndex: index };
    const isOpen = head !== undefined;
    return {
      index,
      head,
      checkpoint: isOpen ? verdictOf('checkpoint', 'holds', { count: 1 }) : verdictOf('checkpoint', 'fails', { code }),
      inclusion: isOpen
        ? verdictOf('inclusion', 'fails', { code, ...at })
        : notChecked('inclusion', 'checkpoint-refused'),
    };
  }
}

function reportOf(
  claims: readonly ClaimVerdict[],
  head: SignedCheckpoint | undefined,
  events: ReadonlyMap<string, number>,
): AuditReport {
  return { isSound: areSound(claims), size: head?.size ?? 0, root: head ? toHex(head.root) : '', claims, events };
}

function malformed(options?: ErrorOptions): CodecError {
  return new CodecError('evidence/record', 'not a record file', options);
}
