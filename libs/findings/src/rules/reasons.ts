import { limits, toHex, utf8 } from '@rogatory/kernel';
import { hash } from '@rogatory/crypto/verify';
import { contexts, type Why } from '@rogatory/protocol';
import type { BoundedMap } from '../bounded-map.js';
import { type Draft, type Mark, markOf, type Rule, type RuleContext } from '../rule.js';
import type { FindingRule } from '../rule-list.js';
import type { Seen, SeenActor } from '../seen.js';
import { DailyDrafts, utcDay } from './daily.js';

interface CasesOfReason {
  /** Newest use on each case, oldest first. */
  cases: [caseId: string, nowMs: number, mark: Mark][];
  draft?: Draft | undefined;
}

/** One reason of one person on more than so many cases within a while. */
class RepeatedOverCases {
  readonly #context: RuleContext;
  readonly #rule: FindingRule;
  readonly #reasons: BoundedMap<CasesOfReason>;

  constructor(context: RuleContext, rule: FindingRule) {
    this.#context = context;
    this.#rule = rule;
    this.#reasons = context.memory.map(rule, limits.maxFindingPairs);
  }

  add(seen: Seen, actor: SeenActor, key: string): void {
    const { caseId, nowMs } = seen;
    if (caseId === undefined) return;
    const { repeatedReasonMs, repeatedReasonCases: threshold } = this.#context.settings;
    const known = this.#reasons.get(key) ?? { cases: [] };
    this.#reasons.set(key, known);
    known.cases = known.cases.filter(([other, ms]) => other !== caseId && ms > nowMs - repeatedReasonMs);
    if (known.cases.length >= limits.maxFindingWindow) known.cases.shift();
    known.cases.push([caseId, nowMs, markOf(seen)]);
    const cases = known.cases.length;
    if (cases <= threshold) {
      known.draft = undefined;
    } else if (known.draft === undefined) {
      const records = known.cases.map(([, , mark]) => mark);
      known.draft = this.#context.found.open(this.#rule, {
        ...{ authorities: [actor.authority], person: actor.person, facts: { cases, threshold } },
        ...{ records, anchors: [records[0] ?? markOf(seen), markOf(seen)] },
      });
    } else {
      known.draft.facts['cases'] = Math.max(Number(known.draft.facts['cases']), cases);
      this.#context.found.grow(known.draft, markOf(seen));
    }
  }
}

/**
 * SPEC: findings 3: what can be said of reasons. A server compares the legal basis, the instrument and whether the very
 * same bytes came again; whoever opens the text compares the text.
 */
export class Reasons implements Rule {
  readonly #context: RuleContext;
  readonly #empty: DailyDrafts;
  readonly #short: DailyDrafts;
  readonly #sealed: BoundedMap<Mark>;
  readonly #instruments: RepeatedOverCases;
  readonly #texts: RepeatedOverCases;

  constructor(context: RuleContext) {
    this.#context = context;
    this.#empty = new DailyDrafts(context, 'empty-reason');
    this.#short = new DailyDrafts(context, 'short-reason');
    this.#sealed = context.memory.map('sealed-reasons', limits.maxFindingPairs);
    this.#instruments = new RepeatedOverCases(context, 'repeated-instrument');
    this.#texts = new RepeatedOverCases(context, 'repeated-reason');
  }

  see(seen: Seen): void {
    const { actor, isAllowed, record } = seen;
    const { why } = record.groups;
    if (actor === undefined || why === undefined || !isAllowed || !this.#context.isInScope(actor.authority)) return;
    this.#replayed(seen, actor, why);
    if (why.instrument !== '')
      this.#instruments.add(seen, actor, `${actor.person}|${why.legalBasis}|${why.instrument}`);
    if (why.sealedText.length === 0) this.#noText(seen, actor);
    else if (record.reasonText !== undefined) this.#text(seen, actor, record.reasonText);
  }

  #noText(seen: Seen, actor: SeenActor): void {
    // An auditor's look-up has its purpose; it needs no text to be lawful.
    if (seen.record.leaf.cls === 'audit') return;
    this.#empty.add(seen, { key: actor.person, day: utcDay(seen.timeMs) }, { ...whose(actor), facts: {} });
  }

  #replayed(seen: Seen, actor: SeenActor, { kemCiphertext }: Why): void {
    const commitment = seen.record.leaf.com.why;
    const keys = [
      ...(commitment === undefined ? [] : [commitment]),
      ...(kemCiphertext.length === 0 ? [] : [toHex(hash(contexts.finding, kemCiphertext).subarray(0, 16))]),
    ];
    const earlier = keys.map((key) => this.#sealed.get(key)).find((mark) => mark !== undefined);
    for (const key of keys) this.#sealed.set(key, markOf(seen));
    if (earlier === undefined) return;
    const records = [earlier, markOf(seen)];
    this.#context.found.open('reason-replayed', { ...whose(actor), caseId: seen.caseId, facts: {}, records });
  }

  #text(seen: Seen, actor: SeenActor, text: string): void {
    const normal = text.normalize('NFKC').toLowerCase().replaceAll(/\s+/gu, ' ').trim();
    const characters = [...normal].length;
    const threshold = this.#context.settings.shortReasonCharacters;
    if (characters < threshold) {
      const day = { key: actor.person, day: utcDay(seen.timeMs) };
      const draft = this.#short.add(seen, day, { ...whose(actor), facts: { characters, threshold } });
      draft.facts['characters'] = Math.min(Number(draft.facts['characters']), characters);
    }
    // The text itself is not kept: a hash tells equal ones.
    this.#texts.add(seen, actor, `${actor.person}|${toHex(hash(contexts.finding, utf8(normal)).subarray(0, 16))}`);
  }
}

function whose({ authority, person }: SeenActor) {
  return { authorities: [authority], person };
}
