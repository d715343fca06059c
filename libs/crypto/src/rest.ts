import type { RandomBytes, Secret } from '@rogatory/kernel';
import { contexts, sizes } from '@rogatory/protocol';
import { domainOf, drawRandom, messageKeyAt, nonceOf, openAt, sealAt } from './committing-aead.js';
import { contextError } from './crypto.errors.js';

export { checkCommitment, commitGroup, type CommittedGroup, OPENING_BYTES } from './audit-commitment.js';

/** What the server may encrypt for itself. Content of a case is not among it, and shares no context with it. */
export type RestContext = typeof contexts.auditOpening;

const restDomains = new Map<string, Uint8Array>([[contexts.auditOpening, domainOf(contexts.auditOpening)]]);

function domain(context: RestContext): Uint8Array {
  const found = restDomains.get(context);
  if (found === undefined) throw contextError();
  return found;
}

export interface RestSealInput {
  /** 32 bytes, the key of a calendar month; destroying it erases what it sealed. */
  readonly monthKey: Secret;
  readonly context: RestContext;
  /** What the value belongs to (record id and group); the opener must give the same bytes. */
  readonly aad: Uint8Array;
  readonly plaintext: Uint8Array;
  readonly random: RandomBytes;
}

/**
 * The server's own encryption at rest: the key-committing AEAD of the product under a context of its own; 72 bytes longer.
 * @throws UsageError `crypto/length`, `crypto/context`.
 */
export function restSeal(input: RestSealInput): Uint8Array {
  const place = { domain: domain(input.context), nonce: drawRandom(input.random, sizes.nonce), aad: input.aad };
  const messageKey = messageKeyAt(input.monthKey, place);
  try {
    return sealAt(messageKey, place, input.plaintext);
  } finally {
    messageKey.fill(0);
  }
}

export interface RestOpenInput {
  readonly monthKey: Secret;
  readonly context: RestContext;
  readonly aad: Uint8Array;
  readonly sealed: Uint8Array;
}

/** @throws VerificationError `crypto/open`, whatever the cause. */
export function restOpen(input: RestOpenInput): Uint8Array {
  const { monthKey, context, aad, sealed } = input;
  const messageKey = messageKeyAt(monthKey, { domain: domain(context), nonce: nonceOf(sealed), aad });
  try {
    return openAt(messageKey, sealed, aad);
  } finally {
    messageKey.fill(0);
  }
}
