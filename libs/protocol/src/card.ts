import { CodecError, limits } from '@rogatory/kernel';
import { ByteReader, ByteWriter } from './codec.js';
import { sizes } from './purposes.js';

/** Names of a person and post, kept beside the log so that they can be erased; bound to it by a salted hash. */
export interface PersonCard {
  readonly salt: Uint8Array;
  readonly personName: string;
  readonly postName: string;
}

const MAGIC = 'RGN1';

export function encodePersonCard(card: PersonCard): Uint8Array {
  return new ByteWriter()
    .raw(new TextEncoder().encode(MAGIC))
    .fixed(card.salt, sizes.hash)
    .text16(card.personName)
    .text16(card.postName)
    .finish();
}

export function decodePersonCard(bytes: Uint8Array): PersonCard {
  const reader = new ByteReader(bytes, limits.maxDirectoryEntryBytes).magic(MAGIC);
  const card = { salt: reader.fixed(sizes.hash), personName: reader.text16(), postName: reader.text16() };
  reader.end();
  if (Math.max(card.personName.length, card.postName.length) > limits.maxNameCharacters) {
    throw new CodecError('codec/range', 'name too long');
  }
  return card;
}
