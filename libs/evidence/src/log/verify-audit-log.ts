import { toHex } from '@rogatory/kernel';
import { type LogVerdict, verifyLog } from '@rogatory/tlog';
import { areSound, auditClaims, type ClaimVerdict, notChecked, verdictOf } from './claims.js';
import { KeptReceipts } from './kept-receipts.js';
import { LeafWalk } from './leaf-walk.js';
import type { LogSource } from './log-source.js';
import { headOpener, type LogTrust } from './log-trust.js';
import { ifOpened, witnessClaim } from './witness-claim.js';

export interface AuditVerification extends LogTrust {
  readonly source: LogSource;
  readonly onProgress?: (entries: number, total: number) => void;
}

export interface AuditReport {
  readonly isSound: boolean;
  readonly size: number;
  readonly root: string;
  readonly claims: readonly ClaimVerdict[];
  /** Records by event code, of the leaves that were read. */
  readonly events: ReadonlyMap<string, number>;
}

/**
 * Verifies an audit log from its files alone: bytes, leaves, tree, signed head, older heads, leaf schema, order of times,
 * kept receipts. What is wrong is the answer, with the first bad index; only what the source throws is thrown.
 */
export async function verifyAuditLog(input: AuditVerification): Promise<AuditReport> {
  const checkpoint = await input.source.readCheckpoint();
  if (checkpoint === undefined) return unreadable('checkpoint-missing');
  const open = headOpener(input);
  const receipts = new KeptReceipts(input, open);
  const leaves = new LeafWalk(receipts);
  const total = ifOpened(open, checkpoint)?.size ?? 0;
  const verdict = await verifyLog({
    tiles: input.source,
    checkpoint,
    open,
    earlier: [...(input.earlier ?? []), ...receipts.heads],
    onEntries: (batch) => {
      leaves.take(batch);
      input.onProgress?.(leaves.count, total);
    },
  });
  const isWhole = verdict.outcome === 'verified';
  const [head, ...tree] = treeClaims(verdict);
  const told = [...tree, ...leaves.claims(isWhole), receipts.claim(isWhole)];
  const claims = [head, witnessClaim(input, ifOpened(open, checkpoint)), ...told];
  const size = isWhole ? verdict.checkpoint.size : 0;
  return {
    isSound: areSound(claims),
    size,
    root: isWhole ? toHex(verdict.checkpoint.root) : '',
    claims,
    events: leaves.events,
  };
}

function unreadable(code: string): AuditReport {
  const claims = auditClaims.map((claim) =>
    verdictOf(claim, claim === 'checkpoint' ? 'fails' : 'not-checked', { code }),
  );
  return { isSound: false, size: 0, root: '', claims, events: new Map() };
}

const headFaults = new Set(['checkpoint-refused']);
const earlierFaults = new Set(['earlier-refused', 'truncated', 'earlier-mismatch']);

function treeClaims(verdict: LogVerdict): [ClaimVerdict, ...ClaimVerdict[]] {
  if (verdict.outcome === 'verified') {
    const { earlier } = verdict;
    const { size } = verdict.checkpoint;
    const compared = { count: earlier.length, basis: 'log-key-and-own-heads' as const };
    const before =
      earlier.length > 0 ? verdictOf('earlier-heads', 'holds', compared) : notChecked('earlier-heads', 'none-kept');
    return [verdictOf('checkpoint', 'holds', { count: 1 }), verdictOf('tree', 'holds', { count: size }), before];
  }
  const { fault, index, code } = verdict;
  const failure = { firstBadIndex: index, code: code ?? fault };
  if (headFaults.has(fault)) {
    return [
      verdictOf('checkpoint', 'fails', { code: code ?? fault }),
      notChecked('tree', fault),
      notChecked('earlier-heads', fault),
    ];
  }
  const holds = verdictOf('checkpoint', 'holds', { count: 1 });
  if (earlierFaults.has(fault)) {
    const basis = 'log-key-and-own-heads';
    return [holds, notChecked('tree', fault), verdictOf('earlier-heads', 'fails', { ...failure, basis })];
  }
  return [holds, verdictOf('tree', 'fails', failure), notChecked('earlier-heads', fault)];
}
