import { toHex } from '@rogatory/kernel';
import { cardHashOf, type DirectoryPerson } from '@rogatory/pki';
import { decodePersonCard } from '@rogatory/protocol';
import { strayCard } from '../domain/directory.errors.js';
import type { StoredCard } from './directory.store.js';

/** Hashes of the cards that the certificates in force name. */
export function cardHashesOf(persons: readonly DirectoryPerson[]): readonly Uint8Array[] {
  return persons.map(({ certificate }) => certificate.cardHash);
}

/**
 * Cards that certificates name, ready to be stored beside the log.
 * @throws RefusedError `directory/stray-card` for any other; CodecError on malformed ones.
 */
export function namedCards(cards: readonly Uint8Array[], hashes: readonly Uint8Array[]): readonly StoredCard[] {
  const named = new Set(hashes.map(toHex));
  return cards.map((bytes) => {
    decodePersonCard(bytes);
    const hash = cardHashOf(bytes);
    if (!named.has(toHex(hash))) throw strayCard();
    return { hash, bytes };
  });
}
