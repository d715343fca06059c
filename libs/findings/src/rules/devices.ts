import { limits } from '@rogatory/kernel';
import type { BoundedMap } from '../bounded-map.js';
import { type Draft, type Mark, markOf, type Rule, type RuleContext } from '../rule.js';
import type { Seen, SeenActor } from '../seen.js';

interface YoungDevice {
  readonly first: Mark;
  readonly firstMs: number;
  keys?: Record<string, true> | undefined;
  count: number;
  draft?: Draft | undefined;
}

/** SPEC: findings 3, new-device: much is read soon after a device's first record. */
export class NewDevice implements Rule {
  readonly #context: RuleContext;
  readonly #devices: BoundedMap<YoungDevice>;

  constructor(context: RuleContext) {
    this.#context = context;
    this.#devices = context.memory.map('new-device', limits.maxFindingDevices);
  }

  see(seen: Seen): void {
    const { actor, nowMs, readKey } = seen;
    if (actor === undefined || !this.#context.isInScope(actor.authority)) return;
    const device = this.#devices.get(actor.device) ?? { first: markOf(seen), firstMs: nowMs, keys: {}, count: 0 };
    this.#devices.set(actor.device, device);
    if (device.keys === undefined) return;
    const { newDeviceMs } = this.#context.settings;
    if (nowMs - device.firstMs > newDeviceMs) {
      // It has come of age: what it reads from now on is nobody's concern here.
      Object.assign(device, { keys: undefined, draft: undefined });
    } else if (readKey !== undefined) {
      this.#read(device, seen, { actor, readKey });
    }
  }

  #read(device: YoungDevice, seen: Seen, { actor, readKey }: { actor: SeenActor; readKey: string }): void {
    const { settings, found } = this.#context;
    if (device.keys?.[readKey] === true) return;
    if (device.keys !== undefined && device.count < limits.maxFindingWindow) device.keys[readKey] = true;
    device.count += 1;
    const { count: objects } = device;
    const { newDeviceObjects: threshold, newDeviceMs: withinMs } = settings;
    if (device.draft !== undefined) {
      device.draft.facts['objects'] = objects;
      found.grow(device.draft, markOf(seen));
    } else if (objects > threshold) {
      const isOne = device.first[0] === seen.index;
      device.draft = found.open('new-device', {
        ...{ authorities: [actor.authority], person: actor.person, device: actor.device },
        facts: { objects, threshold, withinMs },
        records: isOne ? [device.first] : [device.first, markOf(seen)],
      });
    }
  }
}

/** SPEC: findings 3, dormant: somebody acts who had been away for long. */
export class DormantAccount implements Rule {
  readonly #context: RuleContext;
  readonly #last: BoundedMap<[nowMs: number, mark: Mark]>;

  constructor(context: RuleContext) {
    this.#context = context;
    this.#last = context.memory.map('dormant', limits.maxFindingPersons);
  }

  see(seen: Seen): void {
    const { actor, nowMs } = seen;
    if (actor === undefined || !this.#context.isInScope(actor.authority)) return;
    const last = this.#last.get(actor.person);
    this.#last.set(actor.person, [nowMs, markOf(seen)]);
    const thresholdMs = this.#context.settings.dormantMs;
    if (last === undefined || nowMs - last[0] <= thresholdMs) return;
    this.#context.found.open('dormant', {
      ...{ authorities: [actor.authority], person: actor.person },
      facts: { awayMs: nowMs - last[0], thresholdMs },
      records: [last[1], markOf(seen)],
    });
  }
}

interface Counters {
  /** The smallest counter that was not seen and is not known to be lost. */
  next: number;
  /** Seen above `next`, ascending. */
  above: [counter: number, nowMs: number, mark: Mark][];
  /** Reported as missing; one of them that still comes is no second use. */
  lost: [from: number, to: number][];
}

const MAX_LOST = 64;

/** SPEC: findings 3, counter-gap and counter-reused; acts 6: requests of one device may overtake each other. */
export class ActCounters implements Rule {
  readonly #context: RuleContext;
  readonly #devices: BoundedMap<Counters & Pick<SeenActor, 'person' | 'authority'>>;
  /** Devices with a gap, and when it is due. */
  readonly #due: BoundedMap<number>;
  /** Whether devices go on counting from the log before: then the first counter of each is taken as given. */
  readonly #log: BoundedMap<true>;
  #earliestMs: number;

  constructor(context: RuleContext) {
    this.#context = context;
    this.#devices = context.memory.map('counters', limits.maxFindingDevices);
    this.#due = context.memory.map('counter-gaps', limits.maxFindingDevices);
    this.#log = context.memory.map('log-before', 1);
    this.#earliestMs = earliestOf(this.#due);
  }

  see(seen: Seen): void {
    const { actor, record, nowMs } = seen;
    if (seen.index === 0 && seen.event === 'log.genesis') this.#log.set('log', true);
    const counter = record.groups.act?.act.counter;
    if (actor === undefined || counter === undefined || !this.#context.isInScope(actor.authority)) return;
    const { person, authority } = actor;
    const next = this.#log.has('log') ? counter : 1;
    const device = this.#devices.get(actor.device) ?? { next, above: [], lost: [], person, authority };
    this.#devices.set(actor.device, device);
    if (counter < device.next || device.above.some(([known]) => known === counter)) {
      if (!takeLost(device, counter)) this.#reused(seen, actor, counter);
      return;
    }
    insert(device.above, [counter, nowMs, markOf(seen)]);
    advance(device);
    if (device.above.length > limits.maxFindingAbove) this.#report(actor.device, device);
    this.#plan(actor.device, device);
  }

  pass(nowMs: number): void {
    if (nowMs <= this.#earliestMs) return;
    for (const [id, dueMs] of [...this.#due.entries()]) {
      if (nowMs > dueMs) this.#passDevice(id, nowMs);
    }
  }

  #passDevice(id: string, nowMs: number): void {
    const device = this.#devices.get(id);
    if (device !== undefined) while (nowMs > this.#dueMs(device)) this.#report(id, device);
    this.#plan(id, device);
  }

  #dueMs(device: Counters): number {
    return (device.above[0]?.[1] ?? Infinity) + this.#context.settings.counterGapMs;
  }

  #plan(id: string, device: Counters | undefined): void {
    const dueMs = device === undefined ? Infinity : this.#dueMs(device);
    if (dueMs === Infinity) this.#due.delete(id);
    else if (this.#due.get(id) !== dueMs) this.#due.set(id, dueMs);
    this.#earliestMs = earliestOf(this.#due);
  }

  #report(id: string, device: Counters & Pick<SeenActor, 'person' | 'authority'>): void {
    const [first] = device.above;
    if (first === undefined) return;
    const [counter, , mark] = first;
    const missing = { from: device.next, to: counter - 1 };
    device.lost.push([missing.from, missing.to]);
    if (device.lost.length > MAX_LOST) device.lost.shift();
    device.next = counter;
    advance(device);
    this.#context.found.open('counter-gap', {
      ...{ authorities: [device.authority], person: device.person, device: id as SeenActor['device'] },
      facts: { firstMissing: missing.from, lastMissing: missing.to, missing: missing.to - missing.from + 1 },
      records: [mark],
    });
  }

  #reused(seen: Seen, { authority, person, device }: SeenActor, counter: number): void {
    const records = [markOf(seen)];
    this.#context.found.open('counter-reused', {
      authorities: [authority],
      person,
      device,
      facts: { counter },
      records,
    });
  }
}

function earliestOf(due: BoundedMap<number>): number {
  let earliest = Infinity;
  for (const [, dueMs] of due.entries()) earliest = Math.min(earliest, dueMs);
  return earliest;
}

function insert(above: Counters['above'], entry: Counters['above'][number]): void {
  let at = above.length;
  while (at > 0 && (above[at - 1]?.[0] ?? 0) > entry[0]) at -= 1;
  above.splice(at, 0, entry);
}

function advance(device: Counters): void {
  while (device.above[0]?.[0] === device.next) {
    device.above.shift();
    device.next += 1;
  }
}

/** Whether the counter was reported as missing; it comes late then, and is missing no more. */
function takeLost(device: Counters, counter: number): boolean {
  const place = device.lost.findIndex(([from, to]) => counter >= from && counter <= to);
  const range = device.lost[place];
  if (range === undefined) return false;
  const [from, to] = range;
  const rest: [number, number][] = [];
  if (from < counter) rest.push([from, counter - 1]);
  if (counter < to) rest.push([counter + 1, to]);
  device.lost.splice(place, 1, ...rest);
  return true;
}
