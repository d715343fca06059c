import { CodecError, limits } from '@rogatory/kernel';
import { ByteReader, ByteWriter } from './codec.js';

/** Entries of a directory log in their order, with the cards that lie beside: what a ceremony hands to a server. */
export interface DirectoryBundle {
  readonly entries: readonly Uint8Array[];
  readonly cards: readonly Uint8Array[];
}

const MAGIC = 'RGD1';

/** Unsigned: every entry proves itself, and every card is named by one. */
export function encodeDirectoryBundle({ entries, cards }: DirectoryBundle): Uint8Array {
  const writer = new ByteWriter().raw(new TextEncoder().encode(MAGIC));
  for (const list of [entries, cards]) {
    writer.u32(list.length);
    for (const bytes of list) writer.bytes32(bytes);
  }
  return writer.finish();
}

/** @throws CodecError on malformed or oversize bytes. */
export function decodeDirectoryBundle(bytes: Uint8Array): DirectoryBundle {
  const reader = new ByteReader(bytes, limits.maxDirectoryBundleBytes).magic(MAGIC);
  const bundle = { entries: readList(reader), cards: readList(reader) };
  reader.end();
  return bundle;
}

function readList(reader: ByteReader): Uint8Array[] {
  const count = reader.u32();
  if (count > limits.maxDirectoryBundleEntries) throw new CodecError('codec/range', 'list too long');
  return Array.from({ length: count }, () => reader.bytes32(limits.maxDirectoryEntryBytes));
}
