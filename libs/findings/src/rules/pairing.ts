import { type AuthorityId, type CaseId, type DeviceId, limits, type PersonId } from '@rogatory/kernel';
import type { AuditWhat } from '@rogatory/protocol';
import type { BoundedMap } from '../bounded-map.js';
import { type Mark, markOf, type Rule, type RuleContext } from '../rule.js';
import type { Seen } from '../seen.js';
import { DAY_MS } from '../settings.js';

interface OpenRead {
  readonly key: string;
  readonly dueMs: number;
  readonly mark: Mark;
  readonly person: PersonId;
  readonly device: DeviceId;
  readonly owner: AuthorityId;
  readonly caseId?: CaseId | undefined;
}

const UPLOAD = /(?:^| )upload=([0-9a-f]{32})(?: |$)/;

/**
 * SPEC: audit 7, findings 3: a read of content is closed by a delivery of that upload to that device. Reads of one upload by
 * one device are closed in the order in which they came.
 */
export class ReadPairing implements Rule {
  readonly #context: RuleContext;
  /** By the index of the read, in the order of their deadlines. */
  readonly #open: BoundedMap<OpenRead>;
  /** Indices of open reads by upload and device. */
  readonly #waiting: BoundedMap<string[]>;
  /** When an upload was last read by a device. */
  readonly #lastRead: BoundedMap<number>;
  #earliestMs: number;

  constructor(context: RuleContext) {
    this.#context = context;
    this.#open = context.memory.map('open-reads', limits.maxFindingOpenReads);
    this.#waiting = context.memory.map('waiting-reads', limits.maxFindingOpenReads);
    this.#lastRead = context.memory.map('last-reads', limits.maxFindingPairs);
    this.#earliestMs = this.#nextDue();
  }

  see(seen: Seen): void {
    const { event, what, owner } = seen;
    if (what === undefined || !this.#context.isInScope(owner)) return;
    if (event === 'doc.read' && seen.isAllowed) this.#read(seen, what, owner);
    if (event === 'doc.delivered' || event === 'doc.aborted') this.#delivered(seen, what, owner);
  }

  pass(nowMs: number): void {
    if (nowMs <= this.#earliestMs) return;
    for (const [index, read] of [...this.#open.entries()]) {
      if (nowMs <= read.dueMs) break;
      this.#close(index, read);
      const { owner, person, device, caseId, mark } = read;
      this.#context.found.open('unpaired-read', {
        ...{ authorities: [owner], person, device, caseId },
        facts: { thresholdMs: this.#context.settings.pairingMs },
        records: [mark],
      });
    }
    this.#earliestMs = this.#nextDue();
  }

  #read(seen: Seen, what: AuditWhat, owner: AuthorityId): void {
    const { actor, nowMs } = seen;
    if (actor === undefined) return;
    const key = readKey(owner, UPLOAD.exec(what.detail)?.[1] ?? what.compartmentId, actor.device);
    const index = String(seen.index);
    const dueMs = nowMs + this.#context.settings.pairingMs;
    const { person, device } = actor;
    this.#open.set(index, { key, dueMs, mark: markOf(seen), person, device, owner, caseId: what.caseId });
    this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), index]);
    this.#lastRead.set(key, nowMs);
    this.#earliestMs = Math.min(this.#earliestMs, dueMs);
  }

  #delivered(seen: Seen, what: AuditWhat, owner: AuthorityId): void {
    const [to] = what.recipients;
    if (to === undefined) return;
    const keys = [what.objectId, what.compartmentId].map((place) => readKey(owner, place, to.deviceId));
    for (const key of keys) {
      const [index] = this.#waiting.get(key) ?? [];
      const read = index === undefined ? undefined : this.#open.get(index);
      if (index === undefined || read === undefined) continue;
      this.#close(index, read);
      return;
    }
    const lastMs = Math.max(...keys.map((key) => this.#lastRead.get(key) ?? -Infinity));
    if (seen.nowMs - lastMs <= DAY_MS || what.bytes === 0) return;
    this.#context.found.open('delivery-without-read', {
      ...{ authorities: [owner], person: to.personId, device: to.deviceId, caseId: what.caseId },
      facts: { bytes: what.bytes },
      records: [markOf(seen)],
    });
  }

  #close(index: string, { key }: OpenRead): void {
    this.#open.delete(index);
    const left = (this.#waiting.get(key) ?? []).filter((other) => other !== index);
    if (left.length === 0) this.#waiting.delete(key);
    else this.#waiting.set(key, left);
  }

  #nextDue(): number {
    for (const [, { dueMs }] of this.#open.entries()) return dueMs;
    return Infinity;
  }
}

function readKey(owner: string, place: string | undefined, device: string): string {
  return `${owner}|${place ?? ''}|${device}`;
}
