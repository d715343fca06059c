import { isRogatoryError, limits } from '@rogatory/kernel';
import type { LogFields } from './log.js';

type Scalar = string | number | boolean;

const ALLOWED: Readonly<Record<Exclude<keyof LogFields, 'error'>, Scalar>> = {
  requestId: '',
  code: '',
  family: '',
  operation: '',
  reason: '',
  state: '',
  job: '',
  engine: '',
  profile: '',
  url: '',
  version: '',
  origin: '',
  since: '',
  witness: '',
  device: '',
  person: '',
  authority: '',
  caseId: '',
  compartment: '',
  setting: '',
  object: '',
  place: '',
  index: 0,
  act: '',
  count: 0,
  bytes: 0,
  ms: 0,
  port: 0,
  status: 0,
  size: 0,
  retryable: false,
};

/** What ids, codes and origins are made of. Sentences and names are not. */
const PLAIN = /^[A-Za-z0-9_.:/@[\]-]{0,128}$/;
const EVENT = /^[a-z][a-z0-9-]*(\/[a-z0-9-]+)+$/;
const WITHHELD = '[withheld]';
const MAX_CAUSES = 5;

/** The fields that may be written; the others are counted, so that a loss is seen. */
export function cleanFields(fields: LogFields): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  let dropped = 0;
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (name === 'error') clean.error = describeError(value);
    else if (!Object.hasOwn(ALLOWED, name)) dropped += 1;
    else clean[name] = cleanValue(value, typeof Reflect.get(ALLOWED, name));
  }
  return dropped === 0 ? clean : { ...clean, droppedFields: dropped };
}

/** @returns the event, or a fixed text when it is not a static name. */
export function cleanEvent(event: string): string {
  return EVENT.test(event) && event.length <= 80 ? event : 'log/malformed-event';
}

function cleanValue(value: unknown, type: string): Scalar {
  if (typeof value !== type) return WITHHELD;
  if (typeof value === 'string') return PLAIN.test(value) ? value : WITHHELD;
  if (typeof value === 'number') return Number.isFinite(value) ? value : WITHHELD;
  return value === true;
}

/**
 * What may be told of an error: class, code, family, details, stack frames, and the same of its causes. Messages of
 * errors that are not ours may quote anything, so they stay out.
 */
export function describeError(error: unknown): readonly Record<string, unknown>[] {
  const described: Record<string, unknown>[] = [];
  let current: unknown = error;
  while (current !== undefined && current !== null && described.length < MAX_CAUSES) {
    described.push(describeOne(current));
    current = typeof current === 'object' ? Reflect.get(current, 'cause') : undefined;
  }
  return described;
}

function describeOne(error: unknown): Record<string, unknown> {
  if (isRogatoryError(error)) {
    const { code, family, message, details, stack } = error;
    return { name: error.name, code, family, message, details, frames: framesOf(stack, message) };
  }
  if (typeof error !== 'object' || error === null) return { name: typeof error };
  const name: unknown = Reflect.get(error, 'name');
  const code: unknown = Reflect.get(error, 'code');
  const stack: unknown = Reflect.get(error, 'stack');
  const message: unknown = Reflect.get(error, 'message');
  return {
    name: typeof name === 'string' && PLAIN.test(name) ? name : 'Error',
    ...(typeof code === 'string' && PLAIN.test(code) ? { code } : {}),
    frames: framesOf(stack, message),
  };
}

/** Function names and places in our own program, without the message that a stack repeats before them. */
function framesOf(stack: unknown, message: unknown): readonly string[] {
  if (typeof stack !== 'string' || typeof message !== 'string') return [];
  const start = stack.indexOf(message);
  if (start < 0) return [];
  return stack
    .slice(start + message.length)
    .split('\n')
    .filter((line) => /^ {4}at /.test(line))
    .slice(0, limits.logStackFrames)
    .map((line) => line.slice(7, 207));
}
