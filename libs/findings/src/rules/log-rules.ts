import { limits } from '@rogatory/kernel';
import type { BoundedMap } from '../bounded-map.js';
import { type Draft, type Mark, markOf, type Rule, type RuleContext } from '../rule.js';
import type { Seen } from '../seen.js';
import { HOUR_MS } from '../settings.js';
import { DailyDrafts } from './daily.js';

/** SPEC: findings 3, server-clock: the server's own time went back. */
export class ServerClock implements Rule {
  readonly #context: RuleContext;
  readonly #hours: DailyDrafts;

  constructor(context: RuleContext) {
    this.#context = context;
    this.#hours = new DailyDrafts(context, 'server-clock', 1);
  }

  see(seen: Seen): void {
    const { timeMs, nowMs } = seen;
    const thresholdMs = this.#context.settings.serverClockBackMs;
    const backMs = nowMs - timeMs;
    if (backMs <= thresholdMs) return;
    const day = { key: 'server', day: Math.floor(nowMs / HOUR_MS) };
    const draft = this.#hours.add(seen, day, { authorities: [], facts: { largestMs: backMs, thresholdMs } });
    draft.facts['largestMs'] = Math.max(Number(draft.facts['largestMs']), backMs);
  }
}

/** A head that a quorum of witnesses vouches for, and since when: the quorum's last cosignature. */
export interface WitnessedHead {
  readonly size: number;
  readonly timeMs: number;
}

interface Unwitnessed {
  first: Mark;
  firstMs: number;
  /** Index of the head that is expected to cover it. */
  head: number;
  draft?: Draft | undefined;
}

/** SPEC: findings 3, witness-lag: records that waited too long for the word of the witnesses, or still wait. */
export class WitnessLag implements Rule {
  readonly #context: RuleContext;
  readonly #heads: readonly WitnessedHead[];
  readonly #waiting: BoundedMap<Unwitnessed>;

  /** @param heads ascending by size. */
  constructor(context: RuleContext, heads: readonly WitnessedHead[]) {
    this.#context = context;
    this.#heads = heads;
    this.#waiting = context.memory.map('witness-lag', 1);
  }

  see(seen: Seen): void {
    const known = this.#waiting.get('log');
    let head = known?.head ?? 0;
    while (head < this.#heads.length && (this.#heads[head]?.size ?? 0) <= seen.index) head += 1;
    if (known === undefined || head !== known.head) {
      this.#waiting.set('log', { first: markOf(seen), firstMs: seen.timeMs, head });
      this.#judgeHead(seen, head);
    }
  }

  /** Those that no head covers at all: late as soon as a record comes so much after them. */
  pass(nowMs: number): void {
    const known = this.#waiting.get('log');
    if (known === undefined || known.draft !== undefined || known.head < this.#heads.length) return;
    if (nowMs - known.firstMs > this.#context.settings.witnessLagMs) known.draft = this.#open(known.first, {});
  }

  /** The first record that a head covers waited longest for it. */
  #judgeHead(seen: Seen, head: number): void {
    const covering = this.#heads[head];
    if (covering === undefined) return;
    const lagMs = covering.timeMs - seen.timeMs;
    const known = this.#waiting.get('log');
    if (known === undefined || lagMs <= this.#context.settings.witnessLagMs) return;
    known.draft = this.#open(markOf(seen), { lagMs, headSize: covering.size });
  }

  #open(first: Mark, facts: Record<string, number>): Draft {
    const thresholdMs = this.#context.settings.witnessLagMs;
    return this.#context.found.open('witness-lag', {
      authorities: [],
      facts: { ...facts, thresholdMs },
      records: [first],
    });
  }
}

const named = /(?:^| )(person|device|authority)=([0-9a-f]{32})(?= |$)/g;

/** SPEC: findings 3, self-review: who looks at records about themselves. */
export class SelfReview implements Rule {
  readonly #context: RuleContext;
  /** Who made the records of auditors: those are looked at by them later. */
  readonly #own: BoundedMap<string>;

  constructor(context: RuleContext) {
    this.#context = context;
    this.#own = context.memory.map('auditors-records', limits.maxFindingPairs);
  }

  see(seen: Seen): void {
    const { actor, record, what, isAllowed } = seen;
    if (actor === undefined || record.leaf.cls !== 'audit' || !this.#context.isInScope(actor.authority)) return;
    if (!seen.isDeliberate) return;
    this.#own.set(seen.id, actor.person);
    if (what === undefined || !isAllowed) return;
    const about = this.#about(seen, actor);
    if (about === undefined) return;
    this.#context.found.open('self-review', {
      ...{ authorities: [actor.authority], person: actor.person, facts: { about }, records: [markOf(seen)] },
    });
  }

  #about({ what }: Seen, actor: NonNullable<Seen['actor']>): string | undefined {
    if (what?.objectId !== undefined && this.#own.get(what.objectId) === actor.person) return 'record';
    const ids: Readonly<Record<string, string>> = {
      ...{ person: actor.person, device: actor.device, authority: actor.authority },
    };
    for (const [, name, id] of (what?.detail ?? '').matchAll(named)) {
      if (name !== undefined && ids[name] === id) return name;
    }
    return undefined;
  }
}
