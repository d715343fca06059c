import { type AuthorityId, equalBytes, isRogatoryError, toHex } from '@rogatory/kernel';
import { leafHash, type SignedCheckpoint } from '@rogatory/tlog';
import { areSound, type AuditClaim, type ClaimVerdict, notChecked, verdictOf } from '../log/claims.js';
import { KeptReceipts } from '../log/kept-receipts.js';
import { LeafWalk } from '../log/leaf-walk.js';
import { headOpener, type LogTrust } from '../log/log-trust.js';
import type { AuditReport } from '../log/verify-audit-log.js';
import { ifOpened, witnessClaim } from '../log/witness-claim.js';
import { OpenedRecords, type OpenedRecordsParts } from '../records/opened-records.js';
import type { PassingRecord } from '../records/record-check.js';
import {
  decodeExportHeader,
  decodeExportLine,
  type ExportedRecord,
  type ExportHeader,
  type ExportTrailer,
} from './export-file.js';
import { OlderHeads } from './older-heads.js';
import { RangeRoot } from './range-root.js';
import { splitLines } from './split-lines.js';

export interface ExportVerification extends LogTrust, OpenedRecordsParts {
  /** The bytes of an export, in chunks of any size. */
  readonly chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Sees each record as it passes; the verdict on the whole is still out. */
  readonly onRecord?: (record: PassingRecord, exported: ExportedRecord) => void | Promise<void>;
}

export interface ExportReport extends AuditReport {
  readonly first: number;
  /** Index behind the last record that was read. */
  readonly end: number;
  /** Authorities whose records are open in it, as the exporter says. */
  readonly scope: readonly AuthorityId[];
}

/** What ended the reading of an export before its end. */
interface Break {
  readonly code: string;
  readonly index: number;
}

/**
 * Verifies an export from its bytes: indices without a gap, leaves, the range under the signed head, older heads, receipts,
 * commitments, device signatures, counters, pairing, erasures. What is wrong is the answer, with the first bad index; only
 * what the source or `onRecord` throws is thrown. Memory is one line, and what the checks of records keep.
 */
export async function verifyExport(input: ExportVerification): Promise<ExportReport> {
  return new ExportWalk(input).run();
}

class ExportWalk {
  readonly #input: ExportVerification;
  readonly #receipts: KeptReceipts;
  readonly #leaves: LeafWalk;
  readonly #older: OlderHeads;
  readonly #open: (bytes: Uint8Array) => SignedCheckpoint;
  #header: ExportHeader | undefined;
  #range: RangeRoot | undefined;
  #records: OpenedRecords | undefined;
  #trailer: ExportTrailer | undefined;
  #break: Break | undefined;

  constructor(input: ExportVerification) {
    this.#input = input;
    this.#open = headOpener(input);
    this.#receipts = new KeptReceipts(input, this.#open);
    this.#leaves = new LeafWalk(this.#receipts);
    this.#older = new OlderHeads([...(input.earlier ?? []), ...this.#receipts.heads], this.#open);
  }

  async run(): Promise<ExportReport> {
    try {
      for await (const line of splitLines(this.#input.chunks)) {
        await this.#line(line);
        if (this.#break !== undefined) break;
      }
    } catch (error) {
      // A line outside of the format is a fault of the export; what the source or the listener threw is theirs.
      if (!isRogatoryError(error) || error.family !== 'codec') throw error;
      this.#break = { code: error.code, index: this.#at() };
    }
    return this.#report();
  }

  #at(): number {
    return this.#range?.size ?? 0;
  }

  async #line(line: Uint8Array): Promise<void> {
    if (this.#header === undefined || this.#range === undefined || this.#records === undefined) {
      this.#begin(decodeExportHeader(line));
      return;
    }
    if (this.#trailer !== undefined) {
      this.#break = { code: 'evidence/surplus', index: this.#at() };
      return;
    }
    const read = decodeExportLine(line);
    if (read.kind === 'trailer') this.#trailer = read.trailer;
    else await this.#record(read.record, this.#range, this.#records);
  }

  #begin(header: ExportHeader): void {
    this.#header = header;
    this.#range = new RangeRoot(header.first, header.left);
    this.#records = new OpenedRecords(header, this.#input);
    this.#older.passed(this.#range);
  }

  async #record(exported: ExportedRecord, range: RangeRoot, records: OpenedRecords): Promise<void> {
    const index = range.size;
    if (exported.index !== index) {
      this.#break = { code: 'evidence/index', index };
      return;
    }
    const hash = leafHash(exported.leaf);
    if (!equalBytes(hash, exported.hash)) {
      this.#break = { code: 'evidence/leaf-hash', index };
      return;
    }
    range.append(hash);
    this.#older.passed(range);
    this.#receipts.compare(index, [hash]);
    const leaf = this.#leaves.leaf(exported.leaf, index);
    if (leaf === undefined) return;
    const record = records.take(leaf, exported);
    await this.#input.onRecord?.(record, exported);
  }

  #report(): ExportReport {
    const head = this.#trailer && ifOpened(this.#open, this.#trailer.checkpoint);
    const tree = this.#treeClaim(head);
    const isProven = tree.outcome === 'holds';
    const first = this.#header?.first ?? 0;
    const asOfMs = Math.min(this.#input.nowMs, Math.max(this.#leaves.newestMs, newestCosignatureMs(head)));
    const range = { first, end: this.#at(), isProven, asOfMs };
    const isWhole = isProven && first === 0 && head?.size === range.end;
    const claims = [
      this.#headClaim(head),
      witnessClaim(this.#input, head),
      tree,
      this.#older.claim(head, isProven),
      ...this.#leaves.claims(isProven),
      this.#receipts.claim(isWhole),
      ...(this.#records?.claims(range) ?? []),
    ];
    const root = isProven && head !== undefined ? toHex(head.root) : '';
    const size = isProven ? (head?.size ?? 0) : 0;
    const { events } = this.#leaves;
    const scope = this.#header?.scope ?? [];
    const { end } = range;
    return { isSound: areSound(claims) && isProven, size, root, claims, events, scope, first, end };
  }

  #headClaim(head: SignedCheckpoint | undefined): ClaimVerdict {
    if (this.#trailer === undefined) return notChecked('checkpoint', 'evidence/cut-off');
    if (head !== undefined) return verdictOf('checkpoint', 'holds', { count: 1 });
    return verdictOf('checkpoint', 'fails', { code: refusalOf(this.#open, this.#trailer.checkpoint) });
  }

  #treeClaim(head: SignedCheckpoint | undefined): ClaimVerdict {
    const fails = (code: string, firstBadIndex: number): ClaimVerdict =>
      verdictOf('tree' satisfies AuditClaim, 'fails', { code, firstBadIndex });
    if (this.#break !== undefined) return fails(this.#break.code, this.#break.index);
    if (this.#header === undefined || this.#range === undefined) return fails('evidence/export', 0);
    if (this.#trailer === undefined) return fails('evidence/cut-off', this.#at());
    if (this.#header.origin !== this.#input.origin) return fails('tlog/origin', this.#header.first);
    if (this.#trailer.end !== this.#at()) return fails('evidence/cut-off', this.#at());
    if (head === undefined) return notChecked('tree', 'checkpoint-refused');
    // All that is known of the place: behind what an older head vouches for.
    if (!this.#range.leadsTo(head, this.#trailer.right)) {
      return fails('root-mismatch', Math.max(this.#header.first, this.#older.vouchedFor));
    }
    return verdictOf('tree', 'holds', { count: this.#at() - this.#header.first });
  }
}

/** 0 where no witness that the reader knows cosigned. */
function newestCosignatureMs(head: SignedCheckpoint | undefined): number {
  const times = head?.signatures.flatMap(({ timeSeconds }) => timeSeconds ?? []) ?? [];
  return 1_000 * Math.max(0, ...times);
}

function refusalOf(open: (bytes: Uint8Array) => SignedCheckpoint, checkpoint: Uint8Array): string {
  try {
    open(checkpoint);
    return 'checkpoint-refused';
  } catch (error) {
    if (!isRogatoryError(error)) throw error;
    return error.code;
  }
}
