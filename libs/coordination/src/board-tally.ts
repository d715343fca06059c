import {
  decimalText,
  decimalUnits,
  type EntryBody,
  type EventType,
  eventTypes,
  type Haul,
  maxValueScale,
  type Worth,
} from '@rogatory/protocol';
import { type Dimension, shownUnits, unitMeasures } from './board-substances.js';

/** An event that stands, and the state that reported it. */
export interface CountedEvent {
  readonly state: string;
  readonly event: EntryBody & { readonly kind: 'event' };
}

export type EventCounts = Readonly<Record<keyof typeof eventTypes, number>>;

/** The sum of one substance in one dimension; `quantity` is exact, in `unit`. */
export interface SubstanceSum {
  readonly code: number;
  /** Of the code for others. */
  readonly other: string;
  readonly dimension: Dimension;
  readonly quantity: string;
  readonly unit: 'kg' | 'l' | 'pieces';
}

/** The sum of values in one currency, exact. */
export interface ValueSum {
  readonly of: 'freezing' | 'seizure';
  readonly currency: string;
  readonly value: string;
}

export interface Tally {
  readonly counts: EventCounts;
  readonly substances: readonly SubstanceSum[];
  readonly values: readonly ValueSum[];
}

export interface Tallies {
  readonly total: Tally;
  /** In ascending order of the states that reported an event. */
  readonly states: readonly (Tally & { readonly state: string })[];
}

/** SPEC: operations 6 — exact sums over the events that stand, by state and in all; in any order the same. */
export function talliesOf(events: Iterable<CountedEvent>): Tallies {
  const total = new Sums();
  const states = new Map<string, Sums>();
  for (const { state, event } of events) {
    const sums = states.get(state) ?? new Sums();
    states.set(state, sums);
    total.add(event);
    sums.add(event);
  }
  const ordered = [...states].sort(([a], [b]) => compare(a, b));
  return { total: total.tally(), states: ordered.map(([state, sums]) => ({ state, ...sums.tally() })) };
}

/** A quantity in the smallest unit of its dimension. */
export function quantityUnits({ quantity, unit }: Haul): { readonly dimension: Dimension; readonly units: bigint } {
  const { dimension, exponent } = unitMeasures[unit];
  return { dimension, units: decimalUnits(quantity, exponent) };
}

class Sums {
  readonly #counts = new Map<EventType, number>();
  readonly #substances = new Map<string, { code: number; other: string; dimension: Dimension; units: bigint }>();
  readonly #values = new Map<string, { of: 'freezing' | 'seizure'; currency: string; units: bigint }>();

  add(event: CountedEvent['event']): void {
    this.#counts.set(event.type, (this.#counts.get(event.type) ?? 0) + event.count);
    if (event.haul !== undefined) this.#addHaul(event.haul);
    if (event.worth !== undefined) this.#addWorth(event.type, event.worth);
  }

  tally(): Tally {
    const counts = Object.fromEntries(
      Object.entries(eventTypes).map(([name, type]) => [name, this.#counts.get(type) ?? 0]),
    ) as EventCounts;
    return {
      counts,
      substances: inOrder(this.#substances).map(({ code, other, dimension, units }) => {
        const { unit, scale } = shownUnits[dimension];
        return { code, other, dimension, quantity: decimalText(units, scale), unit };
      }),
      values: inOrder(this.#values).map(({ of, currency, units }) => ({
        ...{ of, currency, value: decimalText(units, maxValueScale) },
      })),
    };
  }

  #addHaul(haul: Haul): void {
    const { dimension, units } = quantityUnits(haul);
    const key = `${String(haul.code).padStart(5, '0')} ${dimension} ${haul.other}`;
    const sum = this.#substances.get(key)?.units ?? 0n;
    this.#substances.set(key, { code: haul.code, other: haul.other, dimension, units: sum + units });
  }

  #addWorth(type: EventType, { value, currency }: Worth): void {
    const of = type === eventTypes.freezing ? 'freezing' : 'seizure';
    const key = `${of} ${currency}`;
    const sum = this.#values.get(key)?.units ?? 0n;
    this.#values.set(key, { of, currency, units: sum + decimalUnits(value, maxValueScale) });
  }
}

function inOrder<Value>(sums: ReadonlyMap<string, Value>): Value[] {
  return [...sums].sort(([a], [b]) => compare(a, b)).map(([, value]) => value);
}

/** By code units, which no locale changes. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
