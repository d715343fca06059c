import type { HttpFailure } from '@rogatory/client';
import type { Json, JsonObject } from '../../rig/evil-proxy.js';
import type { Seeded } from '../seeded.js';
import type { Corpus } from './corpus.js';
import { copyOf, type Exchange } from './exchange.js';
import { bytesLies, type ValueLie, valueLies } from './value-lies.js';

/** One lie at one answer of one session. */
export interface Mutation {
  readonly take: string;
  readonly index: number;
  readonly operation: string;
  /** Field of the answer, without the places in lists. */
  readonly field: string;
  readonly kind: string;
  /** Names this lie among all. */
  readonly id: string;
  /** The exchange with the lie in it; made when it is wanted, for there are tens of thousands. */
  readonly make: () => Exchange;
}

type Path = readonly (string | number)[];

export interface MutationParts {
  readonly take: string;
  readonly index: number;
  readonly exchange: Exchange;
  readonly corpus: Corpus;
  readonly draw: Seeded;
}

/** Every lie about one exchange. */
export function mutationsOf(parts: MutationParts): Mutation[] {
  const found = new Map<string, Mutation>();
  for (const { operation, place, field, kind, make } of liesOf(parts)) {
    const { take, index } = parts;
    const id = `${take} #${index} ${operation} ${place} ${kind}`;
    if (!found.has(id)) found.set(id, { take, index, operation, field, kind, id, make });
  }
  return [...found.values()];
}

interface FieldLie {
  readonly operation: string;
  readonly field: string;
  readonly place: string;
  readonly kind: string;
  readonly make: () => Exchange;
}

function* liesOf(parts: MutationParts): Generator<FieldLie> {
  const { exchange } = parts;
  if (exchange.kind === 'graphql') {
    const { operation } = exchange;
    for (const { path, lie } of answerLies(parts, operation, exchange.answer)) {
      const make = () => ({ ...exchange, answer: withValue(exchange.answer, path, lie.make()) });
      yield { operation, field: fieldOf(path), kind: lie.kind, place: path.join('.'), make };
    }
  } else if (exchange.kind === 'live') yield* liveLies(parts, exchange);
  else if (exchange.kind === 'put') {
    for (const answer of failures) {
      yield {
        operation: 'put',
        field: 'status',
        kind: `status ${answer.status}`,
        place: '',
        make: () => ({ ...exchange, answer }),
      };
    }
  } else {
    const { kind: operation, answer: honest } = exchange;
    const lies = honest instanceof Uint8Array ? bytesLies(honest, parts.corpus.files, parts.draw) : [];
    for (const { kind, make } of lies) {
      yield { operation, field: 'bytes', kind, place: '', make: () => ({ ...exchange, answer: make() }) };
    }
    for (const answer of failures) {
      yield {
        operation,
        field: 'status',
        kind: `status ${answer.status}`,
        place: '',
        make: () => ({ ...exchange, answer }),
      };
    }
  }
}

function* liveLies(parts: MutationParts, exchange: Extract<Exchange, { readonly kind: 'live' }>): Generator<FieldLie> {
  const { operation, answers } = exchange;
  for (const [nth, answer] of answers.entries()) {
    for (const { path, lie } of answerLies(parts, operation, answer)) {
      const make = () => ({ ...exchange, answers: answers.with(nth, withValue(answer, path, lie.make())) });
      yield { operation, field: fieldOf(path), kind: lie.kind, place: `${nth}.${path.join('.')}`, make };
    }
  }
  for (const lie of listLies(answers)) {
    const make = () => ({ ...exchange, answers: lie.make() as Json[] });
    yield { operation, field: 'events', kind: lie.kind, place: 'events', make };
  }
}

const failures: readonly HttpFailure[] = [
  { status: 200, code: undefined },
  { status: 401, code: 'login/session' },
  { status: 404, code: 'access/refused' },
  { status: 416, code: undefined },
  { status: 422, code: 'codec/length' },
  { status: 500, code: 'x'.repeat(10_000) },
];

const families = ['usage', 'refused', 'verification', 'codec', 'unavailable', 'internal', 'none'];
const codes = [
  'access/refused',
  'login/session',
  'chain/stale-head',
  'chain/rotate-first',
  'audit/counter-reused',
  '__proto__',
];

/** Lies about the whole answer, then about each value in it. */
function* answerLies(
  { corpus, draw, exchange }: MutationParts,
  operation: string,
  answer: Json,
): Generator<{ readonly path: Path; readonly lie: ValueLie }> {
  for (const family of families) {
    for (const code of codes) {
      const errors: Json = [
        { message: 'no', extensions: { family, code, retryable: true, details: { __proto__x: 1 } } },
      ];
      yield { path: [], lie: { kind: `refusal ${family} ${code}`, make: () => ({ data: null, errors }) } };
    }
  }
  for (const [kind, value] of Object.entries(wholes)) yield { path: [], lie: { kind, make: () => value } };
  const own = JSON.stringify(answer);
  for (const [n, value] of corpus.answersOf(operation, exchange.key).entries()) {
    if (JSON.stringify(value) === own) continue;
    yield { path: [], lie: { kind: `answer to another request ${n}`, make: () => value } };
  }
  for (const { path, value } of placesOf(answer)) {
    const type = corpus.typeOf(operation, fieldOf(path));
    for (const lie of valueLies(value, { type, others: corpus.valuesOf(operation, fieldOf(path), value), draw })) {
      const isOther = typeof value === 'object' || lie.make() !== value;
      // A list on the wire has no holes: elements are taken out by the lies about lists.
      const isHole = typeof path.at(-1) === 'number' && lie.kind === 'dropped';
      if (isOther && !isHole) yield { path, lie };
    }
    if (Array.isArray(value)) for (const lie of listLies(value)) yield { path, lie };
  }
}

const wholes: Readonly<Record<string, Json>> = {
  'nothing at all': {},
  'no data': { data: null },
  'data of another form': { data: [] },
  'empty data': { data: {} },
  'no errors beside no data': { data: null, errors: [] },
  'errors of another form': { data: null, errors: 'no' },
  'an error of another form': { data: null, errors: [7] },
  'an error beside nothing': { errors: [{}] },
};

/** Lists with elements gone, repeated, in another order, and too many of them. */
export function listLies(list: readonly Json[]): ValueLie[] {
  const lies: ValueLie[] = [{ kind: 'list emptied', make: () => [] }];
  if (list.length === 0) return [{ kind: 'an element from nowhere', make: () => [{}] }];
  list.forEach((element, n) => {
    lies.push({ kind: `element ${n} gone`, make: () => list.filter((_, at) => at !== n) });
    lies.push({ kind: `element ${n} twice`, make: () => list.toSpliced(n, 0, element) });
    lies.push({ kind: `element ${n} null`, make: () => list.with(n, null) });
    if (n > 0) lies.push({ kind: `cut to ${n}`, make: () => list.slice(0, n) });
    if (n > 0) lies.push({ kind: `elements ${n - 1} and ${n} exchanged`, make: () => exchanged(list, n) });
  });
  lies.push({ kind: 'list backwards', make: () => list.toReversed() });
  lies.push({
    kind: 'list without end',
    make: () => Array.from({ length: 5_000 }, (_, n) => list[n % list.length] as Json),
  });
  return lies;
}

function exchanged(list: readonly Json[], n: number): Json[] {
  return list.with(n, list[n - 1] as Json).with(n - 1, list[n] as Json);
}

function* placesOf(value: Json, path: Path = []): Generator<{ readonly path: Path; readonly value: Json }> {
  if (path.length > 0) yield { path, value };
  if (Array.isArray(value)) for (const [n, element] of value.entries()) yield* placesOf(element, [...path, n]);
  else if (typeof value === 'object' && value !== null)
    for (const [key, entry] of Object.entries(value)) yield* placesOf(entry, [...path, key]);
}

/** `data` is left out: what remains is the path that the schema knows. */
function fieldOf(path: Path): string {
  return path.filter((key, at) => typeof key === 'string' && !(at === 0 && key === 'data')).join('.');
}

function withValue(answer: Json, path: Path, value: Json | undefined): Json {
  if (path.length === 0) return value ?? null;
  const copy = copyOf(answer);
  let at = copy as JsonObject;
  for (const key of path.slice(0, -1)) at = at[key as string] as JsonObject;
  const last = path.at(-1) as string;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}
