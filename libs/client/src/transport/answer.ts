import { type ErrorFamily, fromBase64, isRogatoryError, limits, RogatoryError } from '@rogatory/kernel';
import { ServerToldError, verificationError } from '../client.errors.js';
import type { GraphqlAnswer, HttpFailure } from './transport.js';

const CODE = /^[a-z0-9-]{1,40}(?:\/[a-z0-9-]{1,60})?$/;
const DETAIL_KEY = /^[A-Za-z][A-Za-z0-9]{0,39}$/;
const DETAIL_TEXT = /^[A-Za-z0-9 _.:/-]{0,100}$/;
const MAX_DETAILS = 16;
const families: readonly ErrorFamily[] = ['usage', 'refused', 'verification', 'codec', 'unavailable', 'internal'];

/** Readers of single values of an answer. A value of another form is the error `client/answer`. */
export function asText(value: unknown): string {
  if (typeof value !== 'string') throw verificationError('client/answer');
  return value;
}

export function asWhole(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw verificationError('client/answer');
  return value;
}

export function asFlag(value: unknown): boolean {
  if (typeof value !== 'boolean') throw verificationError('client/answer');
  return value;
}

export function asBytes(value: unknown): Uint8Array {
  return fromBase64(asText(value));
}

export function asList(value: unknown, max: number = limits.maxPageItems): readonly unknown[] {
  if (!Array.isArray(value) || value.length > max) throw verificationError('client/answer');
  return value;
}

/**
 * Runs a reader over an answer; whatever goes wrong in it is the server's doing.
 * @throws VerificationError `client/answer`; errors of the product pass.
 */
export function readAnswer<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    if (isRogatoryError(cause) && cause.family !== 'codec') throw cause;
    throw verificationError('client/answer', { cause });
  }
}

/** The data of an answer, or the error that it tells. */
export function dataOf(answer: GraphqlAnswer, rootField: string): unknown {
  if (answer.errors !== undefined && answer.errors !== null) throw toldError(answer.errors);
  const { data } = answer;
  if (typeof data !== 'object' || data === null || !Object.hasOwn(data, rootField)) {
    throw verificationError('client/answer');
  }
  return data;
}

function toldError(errors: unknown): RogatoryError {
  if (!Array.isArray(errors) || errors.length === 0) return verificationError('client/answer');
  const first: unknown = errors[0];
  const extensions = fieldOf(first, 'extensions');
  const code = fieldOf(extensions, 'code');
  const family = families.find((known) => known === fieldOf(extensions, 'family'));
  if (typeof code !== 'string' || !CODE.test(code)) return verificationError('client/answer');
  const retryable = fieldOf(extensions, 'retryable') === true;
  return new ServerToldError(family ?? 'refused', code, { retryable, details: detailsOf(extensions) });
}

/** The error that a plain HTTP answer tells. */
export function httpError({ status, code }: HttpFailure): RogatoryError {
  const told = code !== undefined && CODE.test(code) ? code : undefined;
  const family: ErrorFamily = status >= 500 ? 'unavailable' : status === 422 ? 'verification' : 'refused';
  const details = { status };
  return new ServerToldError(family, told ?? (status >= 500 ? 'unavailable' : 'access/refused'), { details });
}

function detailsOf(extensions: unknown): Record<string, string | number | boolean> {
  const told = fieldOf(extensions, 'details');
  const details: Record<string, string | number | boolean> = {};
  if (typeof told !== 'object' || told === null) return details;
  const entries: readonly (readonly [string, unknown])[] = Object.entries(told);
  for (const [key, value] of entries.slice(0, MAX_DETAILS)) {
    if (!DETAIL_KEY.test(key)) continue;
    const isNumber = typeof value === 'number' && Number.isFinite(value);
    if (isNumber || typeof value === 'boolean') details[key] = value;
    else if (typeof value === 'string' && DETAIL_TEXT.test(value)) details[key] = value;
  }
  return details;
}

/** A field of anything; undefined where there is none. */
export function fieldOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}
