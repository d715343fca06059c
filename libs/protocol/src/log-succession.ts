import { CodecError, fromBase64, limits, toBase64 } from '@rogatory/kernel';
import type { LogHead } from './heads.js';

/** Why a log ended: the half-year is over, the operator said so, or it could not be carried on. */
export const logEndings = ['turn', 'command', 'abandoned'] as const;
export type LogEnding = (typeof logEndings)[number];

/** What the first record of a log says of the log before it. SPEC: retention 6 */
export interface LogSuccession extends LogHead {
  /** Origin of the log before. */
  readonly previousOrigin: string;
  readonly reason: LogEnding;
}

const DETAIL = /^previous=([\x21-\x7e]+) size=(0|[1-9][0-9]{0,15}) root=([A-Za-z0-9+/]{43}=) reason=([a-z]+)$/;

/** Detail of a `log.genesis` record. @throws CodecError `codec/text` for an origin with spaces or foreign letters. */
export function logSuccessionText({ previousOrigin, size, root, reason }: LogSuccession): string {
  const text = `previous=${previousOrigin} size=${size} root=${toBase64(root)} reason=${reason}`;
  parseLogSuccession(text);
  return text;
}

/** @throws CodecError `codec/text` on anything but the one form. */
export function parseLogSuccession(text: string): LogSuccession {
  const [, previousOrigin = '', size = '', root = '', reason] = DETAIL.exec(text) ?? [];
  const ending = logEndings.find((known) => known === reason);
  if (ending === undefined || Number(size) > limits.maxTreeSize || previousOrigin.length > limits.maxOriginBytes) {
    throw new CodecError('codec/text', 'not the succession of a log');
  }
  return { previousOrigin, size: Number(size), root: fromBase64(root), reason: ending };
}

/** What the last record of a log says of the one that follows. SPEC: retention 6 */
export interface LogClosing {
  /** Verifier key of the next log in its text form; its name is the origin. */
  readonly nextKey: string;
  readonly reason: Exclude<LogEnding, 'abandoned'>;
}

const CLOSING = /^next=([\x21-\x7e]{1,400}) reason=(turn|command)$/;

/** Detail of a `log.shard.close` record. @throws CodecError `codec/text` for a key with spaces or foreign letters. */
export function logClosingText({ nextKey, reason }: LogClosing): string {
  const text = `next=${nextKey} reason=${reason}`;
  parseLogClosing(text);
  return text;
}

/** @throws CodecError `codec/text` on anything but the one form. */
export function parseLogClosing(text: string): LogClosing {
  const [, nextKey, reason] = CLOSING.exec(text) ?? [];
  if (nextKey === undefined || (reason !== 'turn' && reason !== 'command')) {
    throw new CodecError('codec/text', 'not the end of a log');
  }
  return { nextKey, reason };
}
