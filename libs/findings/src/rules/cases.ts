import { limits, type PersonId } from '@rogatory/kernel';
import type { BoundedMap } from '../bounded-map.js';
import { type Mark, markOf, type Rule, type RuleContext } from '../rule.js';
import type { Seen, SeenActor } from '../seen.js';
import { DailyDrafts, utcDay } from './daily.js';

/** SPEC: findings 3, first-touch. */
export class FirstTouch implements Rule {
  readonly #context: RuleContext;
  readonly #known: BoundedMap<true>;

  constructor(context: RuleContext) {
    this.#context = context;
    this.#known = context.memory.map('first-touch', limits.maxFindingPairs);
  }

  see(seen: Seen): void {
    const { actor, caseId, readKey, event, isAllowed } = seen;
    if (actor === undefined || caseId === undefined || !this.#context.isInScope(actor.authority)) return;
    const isCreated = event === 'case.create' && isAllowed;
    if (readKey === undefined && !isCreated) return;
    const key = `${actor.person}|${caseId}`;
    const isKnown = this.#known.has(key);
    this.#known.set(key, true);
    if (isKnown || isCreated) return;
    const { authority, person, role } = actor;
    const records = [markOf(seen)];
    this.#context.found.open('first-touch', { authorities: [authority], person, caseId, facts: { role }, records });
  }
}

const memberReads: ReadonlySet<string> = new Set([
  ...['case.open', 'compartment.read', 'compartment.subscribe', 'doc.read', 'key.box.read'],
]);

/** SPEC: findings 3, unassigned-read: without a role in the case, as the server stated it. */
export class UnassignedRead implements Rule {
  readonly #context: RuleContext;
  readonly #days: DailyDrafts;

  constructor(context: RuleContext) {
    this.#context = context;
    this.#days = new DailyDrafts(context, 'unassigned-read', limits.maxFindingPairs);
  }

  see(seen: Seen): void {
    const { caseId, actor, isAllowed, event, owner } = seen;
    if (caseId === undefined || actor === undefined || !isAllowed || !memberReads.has(event)) return;
    const { person, authority, role } = actor;
    // Records of one person on one case are open to either authority, all of them.
    const isSeen = this.#context.isInScope(authority) || this.#context.isInScope(owner);
    if (role !== 0 || !isSeen) return;
    this.#days.add(
      seen,
      { key: `${person}|${authority}|${caseId}|${owner ?? ''}`, day: utcDay(seen.timeMs) },
      { authorities: [authority, owner], person, caseId, facts: { role } },
    );
  }
}

/** SPEC: findings 3, read-after-leaving: whoever left reads on, without having been added again. */
export class ReadAfterLeaving implements Rule {
  readonly #context: RuleContext;
  readonly #left: BoundedMap<number>;
  readonly #days: DailyDrafts;

  constructor(context: RuleContext) {
    this.#context = context;
    this.#left = context.memory.map('left-places', limits.maxFindingPairs);
    this.#days = new DailyDrafts(context, 'read-after-leaving', limits.maxFindingPairs);
  }

  see(seen: Seen): void {
    const { caseId, what, isAllowed, event, owner, actor } = seen;
    if (caseId === undefined || what === undefined || !isAllowed || !this.#context.isInScope(owner)) return;
    const key = (person: PersonId, place: string) => `${owner}|${person}|${place}`;
    const place = what.compartmentId ?? caseId;
    if (event === 'member.add') for (const { personId } of what.recipients) this.#left.delete(key(personId, place));
    if (actor === undefined) return;
    const { person } = actor;
    if (event === 'member.leave') this.#left.set(key(person, place), seen.index);
    const leftAtIndex = this.#left.get(key(person, place)) ?? this.#left.get(key(person, caseId));
    if (leftAtIndex === undefined || !memberReads.has(event)) return;
    this.#days.add(
      seen,
      { key: key(person, caseId), day: utcDay(seen.timeMs) },
      { authorities: [owner], person, caseId, facts: { leftAtIndex } },
    );
  }
}

const concerned: ReadonlySet<string> = new Set([
  ...['collection', 'alteration', 'consultation', 'disclosure', 'combination', 'erasure', 'key', 'admin'],
]);

/** SPEC: findings 3, denied-then-allowed. */
export class DeniedThenAllowed implements Rule {
  readonly #context: RuleContext;
  readonly #denied: BoundedMap<Mark>;

  constructor(context: RuleContext) {
    this.#context = context;
    this.#denied = context.memory.map('denied', limits.maxFindingPairs);
  }

  see(seen: Seen): void {
    const { actor, record, isAllowed } = seen;
    if (actor === undefined || !this.#context.isInScope(actor.authority)) return;
    const { out, rc, cls } = record.leaf;
    if (out === 'denied' && rc.startsWith('access/')) {
      const mark: Mark = [seen.index, seen.id, seen.nowMs];
      for (const key of placesOf(seen, actor)) this.#denied.set(key, mark);
    } else if (isAllowed && concerned.has(cls)) {
      this.#allow(seen, actor);
    }
  }

  #allow(seen: Seen, actor: SeenActor): void {
    const { settings, found } = this.#context;
    const withinMs = settings.deniedThenAllowedMs;
    const places = placesOf(seen, actor);
    const denial = places.map((key) => this.#denied.get(key)).find((known) => known !== undefined);
    for (const key of places) this.#denied.delete(key);
    if (denial === undefined || seen.nowMs - denial[2] > withinMs) return;
    found.open('denied-then-allowed', {
      ...{ authorities: [actor.authority], person: actor.person, caseId: seen.caseId },
      facts: { afterMs: seen.nowMs - denial[2], thresholdMs: withinMs },
      records: [denial, markOf(seen)],
    });
  }
}

/** Case, compartment and object of a record, each with the person. */
function placesOf({ what }: Seen, { person }: SeenActor): string[] {
  if (what === undefined) return [];
  const { caseId, compartmentId, objectId } = what;
  return [caseId, compartmentId, objectId].flatMap((place) => (place === undefined ? [] : [`${person}|${place}`]));
}

const handingOver: ReadonlySet<string> = new Set(['case.create', 'member.add', 'member.disclose']);

/** SPEC: findings 3, new-recipients: an authority gets something of a case for the first time. */
export class NewRecipients implements Rule {
  readonly #context: RuleContext;
  readonly #known: BoundedMap<true>;

  constructor(context: RuleContext) {
    this.#context = context;
    this.#known = context.memory.map('recipients', limits.maxFindingPairs);
  }

  see(seen: Seen): void {
    const { owner, caseId, what, isAllowed, event, actor } = seen;
    if (!isAllowed || what === undefined || caseId === undefined || !handingOver.has(event)) return;
    if (!this.#context.isInScope(owner)) return;
    const fresh = new Set<string>();
    for (const { authorityId } of what.recipients) {
      const key = `${owner}|${caseId}|${authorityId}`;
      if (authorityId !== owner && !this.#known.has(key)) fresh.add(authorityId);
      this.#known.set(key, true);
    }
    if (fresh.size === 0) return;
    this.#context.found.open('new-recipients', {
      ...{ authorities: [owner], person: actor?.person, caseId },
      facts: { authorities: fresh.size, recipients: what.recipients.length },
      records: [markOf(seen)],
    });
  }
}
