import type { AuditEventCode } from '@rogatory/protocol';
import { type ClaimVerdict, notChecked, verdictOf } from '../log/claims.js';
import type { PassedRange, PassingRecord, RecordCheck } from './record-check.js';

interface OpenRead {
  readonly index: number;
  readonly atMs: number;
}

const PAIRED_WITHIN_MS = 15 * 60_000;
const closings: readonly AuditEventCode[] = ['doc.delivered', 'doc.aborted'];

/**
 * SPEC: audit 7: a read of content is paired within 15 minutes by `doc.delivered` or `doc.aborted`; an unpaired one is a
 * finding. They belong together by device and compartment: what a closing record names is the upload, not the document.
 */
export class PairingCheck implements RecordCheck {
  readonly #open = new Map<string, OpenRead[]>();
  #count = 0;
  #unpaired = 0;
  #firstUnpaired: number | undefined;
  #newestMs = 0;

  take({ index, leaf, groups: { who, what } }: PassingRecord): void {
    this.#newestMs = Math.max(this.#newestMs, leaf.t);
    if (what?.compartmentId === undefined) return;
    if (leaf.ev === 'doc.read' && leaf.out === 'allowed' && who?.deviceId !== undefined) {
      this.#count++;
      const reads = this.#readsOf(who.deviceId, what.compartmentId);
      this.#giveUp(reads, leaf.t);
      reads.push({ index, atMs: leaf.t });
    } else if (closings.includes(leaf.ev)) {
      for (const { deviceId } of what.recipients) {
        const reads = this.#readsOf(deviceId, what.compartmentId);
        this.#giveUp(reads, leaf.t);
        reads.shift();
      }
    }
  }

  claim({ isProven }: PassedRange): ClaimVerdict {
    for (const reads of this.#open.values()) this.#giveUp(reads, this.#newestMs);
    const waiting = [...this.#open.values()].reduce((sum, reads) => sum + reads.length, 0);
    if (this.#count === 0) return notChecked('pairing', 'none-open');
    const facts = { basis: 'commitments' as const, count: this.#count, notDue: waiting, findings: this.#unpaired };
    if (this.#firstUnpaired !== undefined) {
      return verdictOf('pairing', 'not-checked', {
        ...facts,
        firstBadIndex: this.#firstUnpaired,
        code: 'read-unpaired',
      });
    }
    return verdictOf('pairing', isProven ? 'holds' : 'not-checked', facts);
  }

  #readsOf(deviceId: string, compartmentId: string): OpenRead[] {
    const key = `${deviceId}/${compartmentId}`;
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const fresh: OpenRead[] = [];
    this.#open.set(key, fresh);
    return fresh;
  }

  #giveUp(reads: OpenRead[], nowMs: number): void {
    for (let [read] = reads; read !== undefined && read.atMs + PAIRED_WITHIN_MS < nowMs; [read] = reads) {
      reads.shift();
      this.#unpaired++;
      this.#firstUnpaired = Math.min(this.#firstUnpaired ?? read.index, read.index);
    }
  }
}
