import { type DeviceId, equalBytes, type PersonId, RefusedError, toHex, VerificationError } from '@rogatory/kernel';
import { type SignedEndorsement, signaturePurposes } from '@rogatory/protocol';
import { isSignature } from '@rogatory/crypto/verify';
import { type BoardHistory, boardOf } from './board-fold.js';
import type { EntryHead } from './board-view.js';
import { resultSheetHash, resultSheetOf, type SheetPlace } from './result-sheet.js';
import type { OperationStatus } from './operation-status.js';

/** Who holds a device, as the chain and the directory say. */
export interface EndorsingDevice {
  readonly personId: PersonId;
  readonly state: string;
  readonly signingKey: Uint8Array;
}

/** What a result is verified with: nothing of it needs a server. */
export interface ResultEvidence extends Pick<SheetPlace, 'caseId' | 'compartmentId'> {
  readonly operationId: OperationStatus['operationId'];
  /** Verified records of the content log and departures, the freeze and the endorsements among them, in any order. */
  readonly history: Iterable<BoardHistory>;
  /** Root of the content log at a size. */
  readonly rootAt: (size: number) => Uint8Array | undefined;
  /** Who holds a device, at the place of its endorsement in the log. */
  readonly device: (deviceId: DeviceId, place: number) => EndorsingDevice | undefined;
}

/** Why an endorsement does not count. */
export type EndorsementCode = 'result/other-author' | 'result/other-result' | 'result/signature';

export interface ResultVerdict {
  readonly sheetHash: Uint8Array;
  /** States whose representative endorsed this very sheet. */
  readonly endorsed: readonly { readonly state: string; readonly personId: PersonId; readonly timeMs: number }[];
  /** Parties that did not: the sheet is theirs not yet. */
  readonly missing: readonly string[];
  readonly refused: readonly { readonly state: string; readonly place: number; readonly code: EndorsementCode }[];
}

/** The sheet that the log gives, before anybody endorsed it, and what its endorsements are about. */
export interface ComputedResult {
  readonly bytes: Uint8Array;
  readonly sheetHash: Uint8Array;
  readonly head: SheetPlace['head'];
  readonly freezeHash: Uint8Array;
}

/**
 * Computes the sheet of a frozen operation again.
 * @throws RefusedError `result/not-frozen`; VerificationError `result/other-sheet` when the freeze states another hash,
 * `result/log` when the log's root at the freeze is not known.
 */
export function computeResult(evidence: ResultEvidence): ComputedResult {
  const history = [...evidence.history];
  const {
    frozen,
    status: { freeze },
  } = boardOf(evidence.operationId, history);
  if (freeze === undefined) throw new RefusedError('result/not-frozen', 'the operation is not frozen');
  const root = evidence.rootAt(freeze.place);
  if (root === undefined) throw new VerificationError('result/log', 'the log up to the freeze is not at hand');
  const head = { size: freeze.place, root };
  const before = history.filter(({ place }) => place < freeze.place);
  const bytes = resultSheetOf(boardOf(evidence.operationId, before), { ...evidence, head });
  const sheetHash = resultSheetHash(bytes);
  if (frozen === undefined || !equalBytes(frozen.sheetHash, sheetHash)) {
    throw new VerificationError('result/other-sheet', 'the freeze states another sheet than the log gives');
  }
  return { bytes, sheetHash, head, freezeHash: freeze.hash };
}

/**
 * Verifies a result sheet offline against the log. Says who endorsed it and who is missing.
 * @throws as `computeResult`, and VerificationError `result/edited` for a sheet that the log does not give.
 */
export function verifyResult(sheet: Uint8Array, evidence: ResultEvidence): ResultVerdict {
  const history = [...evidence.history];
  const computed = computeResult({ ...evidence, history });
  if (!equalBytes(sheet, computed.bytes)) throw new VerificationError('result/edited', 'not what the log gives');
  const { status, endorsements } = boardOf(evidence.operationId, history);
  const endorsed: { state: string; personId: PersonId; timeMs: number }[] = [];
  const refused: { state: string; place: number; code: EndorsementCode }[] = [];
  for (const { head, signed } of endorsements) {
    const { state, personId } = head.author;
    const code = endorsementCode(signed, { head, computed, evidence });
    if (code !== undefined) refused.push({ state, place: head.place, code });
    else endorsed.push({ state, personId, timeMs: signed.endorsement.time.timeMs });
  }
  const states = new Set(endorsed.map(({ state }) => state));
  const missing = status.plan.parties.map(({ state }) => state).filter((state) => !states.has(state));
  return { sheetHash: computed.sheetHash, endorsed, missing, refused };
}

interface Endorsed {
  readonly head: EntryHead;
  readonly computed: ComputedResult;
  readonly evidence: ResultEvidence;
}

/**
 * SPEC: operations 8.1 — by this device and person, of this state, about this result, and signed by its key. That they
 * are a representative the fold has seen to: nobody else's endorsement has an effect.
 */
function endorsementCode(
  { endorsement, signedBytes, signature }: SignedEndorsement,
  { head, computed, evidence }: Endorsed,
): EndorsementCode | undefined {
  const { author } = head;
  const device = evidence.device(endorsement.deviceId, head.place);
  const isAuthor =
    endorsement.deviceId === author.deviceId &&
    endorsement.personId === author.personId &&
    endorsement.state === author.state;
  const isHolder = device?.personId === endorsement.personId && device.state === endorsement.state;
  if (!isAuthor || device === undefined || !isHolder) return 'result/other-author';
  const isThis =
    endorsement.caseId === evidence.caseId &&
    endorsement.compartmentId === evidence.compartmentId &&
    endorsement.operationId === evidence.operationId &&
    endorsement.logHead.size === computed.head.size &&
    equalBytes(endorsement.logHead.root, computed.head.root) &&
    equalBytes(endorsement.freezeHash, computed.freezeHash) &&
    equalBytes(endorsement.sheetHash, computed.sheetHash);
  if (!isThis) return 'result/other-result';
  const claim = {
    purpose: signaturePurposes.endorsement,
    publicKey: device.signingKey,
    message: signedBytes,
    signature,
  };
  return isSignature(claim) ? undefined : 'result/signature';
}

/** A short form of a sheet's hash for print: the first sixteen bytes, in groups of four digits. */
export function sheetFingerprint(sheetHash: Uint8Array): string {
  return toHex(sheetHash.subarray(0, 16)).replace(/(.{4})(?=.)/g, '$1 ');
}
