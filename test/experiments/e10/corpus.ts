import type { Json } from '../../rig/evil-proxy.js';
import type { Exchange } from './exchange.js';
import type { AnswerFields } from './schema-fields.js';

const MAX_OTHERS = 5;
const MAX_ANSWERS = 8;

/** All that was ever answered in honest sessions: what a liar can put in place of something else. */
export class Corpus {
  readonly #fields: AnswerFields;
  readonly #answers = new Map<string, Map<string, Json>>();
  readonly #ofField = new Map<string, Map<string, Json>>();
  readonly #ofType = new Map<string, Map<string, Json>>();
  readonly files: Uint8Array[] = [];

  constructor(fields: AnswerFields) {
    this.#fields = fields;
  }

  take(exchange: Exchange): void {
    if (exchange.kind === 'graphql') this.#takeAnswer(exchange.operation, exchange.key, exchange.answer);
    if (exchange.kind === 'live') {
      for (const answer of exchange.answers) this.#takeAnswer(exchange.operation, exchange.key, answer);
    }
    const file = exchange.kind === 'content' && exchange.answer instanceof Uint8Array ? exchange.answer : undefined;
    if (file !== undefined && this.files.length < MAX_ANSWERS) this.files.push(file);
  }

  /** A value that no session was answered with, for a field that a liar may give it for. */
  plant(operation: string, field: string, value: Json): void {
    put(this.#ofField, `${operation} ${field}`, JSON.stringify(value), value);
  }

  /** Name of the schema's type. */
  typeOf(operation: string, field: string): string | undefined {
    return this.#fields.get(operation)?.get(field);
  }

  /** Honest answers to other requests of this operation, and earlier ones to the same. */
  answersOf(operation: string, key: string): Json[] {
    const all = [...(this.#answers.get(operation) ?? new Map<string, Json>())];
    const other = all.filter(([known]) => !known.startsWith(`${key}\n`));
    const same = all.filter(([known]) => known.startsWith(`${key}\n`));
    return [...same.slice(0, MAX_ANSWERS), ...other.slice(-MAX_ANSWERS)].map(([, answer]) => answer);
  }

  /** Values of the same field from elsewhere, then of the same type from other fields. */
  valuesOf(operation: string, field: string, value: Json): Json[] {
    const own = JSON.stringify(value);
    const type = this.typeOf(operation, field);
    const ofField = this.#ofField.get(`${operation} ${field}`) ?? new Map<string, Json>();
    const ofType = (type && this.#ofType.get(type)) || new Map<string, Json>();
    const pick = (some: ReadonlyMap<string, Json>): Json[] =>
      [...some]
        .filter(([text]) => text !== own)
        .slice(-MAX_OTHERS)
        .map(([, other]) => other);
    return [...pick(ofField), ...pick(ofType)];
  }

  #takeAnswer(operation: string, key: string, answer: Json): void {
    put(this.#answers, operation, `${key}\n${JSON.stringify(answer)}`, answer);
    const data = typeof answer === 'object' && answer !== null && !Array.isArray(answer) ? answer['data'] : undefined;
    if (data !== undefined) this.#takeValue(operation, '', data);
  }

  #takeValue(operation: string, field: string, value: Json): void {
    const type = this.typeOf(operation, field);
    if (field !== '' && !Array.isArray(value) && value !== null) {
      const text = JSON.stringify(value);
      put(this.#ofField, `${operation} ${field}`, text, value);
      if (type !== undefined) put(this.#ofType, type, text, value);
    }
    if (Array.isArray(value)) for (const element of value) this.#takeValue(operation, field, element);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, entry] of Object.entries(value)) {
        this.#takeValue(operation, field === '' ? key : `${field}.${key}`, entry);
      }
    }
  }
}

function put<Value>(all: Map<string, Map<string, Value>>, name: string, key: string, value: Value): void {
  const some = all.get(name) ?? new Map<string, Value>();
  some.set(key, value);
  all.set(name, some);
}
