import { equalBytes, type RandomBytes } from '@rogatory/kernel';
import { hash } from '@rogatory/crypto/verify';
import { contexts, decodePersonCard, encodePersonCard, type PersonCard, sizes } from '@rogatory/protocol';
import type { DirectoryPerson } from './directory-records.js';
import { demand } from './pki.errors.js';

/** H(card, encoded card): what a person certificate names. The salt keeps names from being guessed once it is erased. */
export function cardHashOf(cardBytes: Uint8Array): Uint8Array {
  return hash(contexts.card, cardBytes);
}

/** A card with a fresh salt, encoded. @throws CodecError for names that are too long. */
export function makeCard(names: Omit<PersonCard, 'salt'>, random: RandomBytes): Uint8Array {
  const bytes = encodePersonCard({ ...names, salt: random(sizes.hash) });
  decodePersonCard(bytes);
  return bytes;
}

/**
 * The names that registrars certified for a person.
 * @throws CodecError on malformed bytes, VerificationError `directory/card` when they are not the certified ones.
 */
export function verifyCard(person: DirectoryPerson, cardBytes: Uint8Array): PersonCard {
  const card = decodePersonCard(cardBytes);
  demand(equalBytes(cardHashOf(cardBytes), person.certificate.cardHash), 'directory/card');
  return card;
}
