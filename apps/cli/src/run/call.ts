import { resolve } from 'node:path';
import { usageError } from './cli.errors.js';
import type { CliContext } from './context.js';

/** One call of a command: its context, and its arguments and options read with their types. */
export class Call {
  readonly context: CliContext;
  readonly #options: Readonly<Record<string, unknown>>;
  readonly #arguments: readonly unknown[];

  constructor(context: CliContext, args: readonly unknown[], options: Readonly<Record<string, unknown>>) {
    this.context = context;
    this.#arguments = args;
    this.#options = options;
  }

  /** @throws UsageError `cli/arguments`. */
  argument(place: number): string {
    const value = this.#arguments[place];
    if (typeof value !== 'string') throw usageError('cli/arguments', { place });
    return value;
  }

  argumentOrNone(place: number): string | undefined {
    const value = this.#arguments[place];
    return typeof value === 'string' ? value : undefined;
  }

  /** The values of a last argument that may be repeated. */
  argumentList(place: number): readonly string[] {
    return textsOf(this.#arguments[place]);
  }

  flag(name: string): boolean {
    return this.#options[name] === true;
  }

  optional(name: string): string | undefined {
    const value = this.#options[name];
    return typeof value === 'string' ? value : undefined;
  }

  /** @throws UsageError `cli/arguments`. */
  required(name: string): string {
    const value = this.optional(name);
    if (value === undefined) throw usageError('cli/arguments', { option: name });
    return value;
  }

  list(name: string): readonly string[] {
    return textsOf(this.#options[name]);
  }

  /** @throws UsageError `cli/arguments` unless a whole number within the bounds. */
  whole(name: string, bounds: { readonly min: number; readonly max: number; readonly fallback?: number }): number {
    const text = this.optional(name);
    if (text === undefined && bounds.fallback !== undefined) return bounds.fallback;
    const value = text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= bounds.min && value <= bounds.max)) {
      throw usageError('cli/arguments', { option: name, min: bounds.min, max: bounds.max });
    }
    return value;
  }

  /** The member of a registry of ours that an option names. @throws UsageError `cli/arguments` with the choices. */
  choice<Value>(name: string, choices: Readonly<Record<string, Value>>): Value {
    return this.#chosen(name, this.required(name), choices);
  }

  choiceOrNone<Value>(name: string, choices: Readonly<Record<string, Value>>): Value | undefined {
    const text = this.optional(name);
    return text === undefined ? undefined : this.#chosen(name, text, choices);
  }

  /** A path as the user meant it. */
  path(text: string): string {
    return resolve(this.context.workingFolder, text);
  }

  #chosen<Value>(name: string, text: string, choices: Readonly<Record<string, Value>>): Value {
    const value = Object.hasOwn(choices, text) ? choices[text] : undefined;
    if (value === undefined) {
      throw usageError('cli/arguments', { option: name, choices: Object.keys(choices).join(', ') });
    }
    return value;
  }
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === 'string') : [];
}
