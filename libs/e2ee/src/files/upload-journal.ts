import { equalBytes, type FileId, idBytes, idFromBytes, limits, Secret } from '@rogatory/kernel';
import { ByteReader, ByteWriter, sizes } from '@rogatory/protocol';
import { fileError, sourceChangedError } from '../e2ee.errors.js';
import { type FileSecrets } from './file-sealing.js';
import { fileLayout } from './file-layout.js';
import { joinLeaves } from './file-tree.js';

/** What identifies the content of a source while an upload of it is open. */
export interface SourceMark {
  readonly size: number;
  /** Last modification as the file system states it. */
  readonly modifiedMs: number;
}

/**
 * An upload as it must stand on disk before the bytes it names leave: after a crash the same segments are sealed again
 * with the same key only if the source is the same, byte for byte, as far as anything was sent.
 */
export interface UploadJournal {
  readonly secrets: FileSecrets;
  readonly source: SourceMark;
  /** Leaf hashes of all segments sealed so far; their number is the next index. */
  readonly leaves: readonly Uint8Array[];
  /** SHA-256 of the content of those segments, without padding. */
  readonly prefixHash: Uint8Array;
}

const MAGIC = 'RGY1';

/** The journal once a run of segments is sealed; save it before they are sent. */
export function journalSegments(
  journal: UploadJournal,
  sealedLeaves: readonly Uint8Array[],
  prefixHash: Uint8Array,
): UploadJournal {
  const leaves = [...journal.leaves, ...sealedLeaves];
  if (leaves.length > fileLayout(journal.source.size).segments) throw fileError();
  return { ...journal, leaves, prefixHash };
}

/**
 * Whether an interrupted upload may go on with its key. `prefixHash` is taken anew over the source, as far as the
 * journal reaches. SPEC: files 6: any mismatch with what was sent or is in flight means a new DEK.
 * @throws RefusedError `e2ee/source-changed`: begin anew with `makeFileSecrets`.
 */
export function checkResume(journal: UploadJournal, source: SourceMark, prefixHash: Uint8Array): void {
  const isSame =
    source.size === journal.source.size &&
    source.modifiedMs === journal.source.modifiedMs &&
    equalBytes(prefixHash, journal.prefixHash);
  if (!isSame) throw sourceChangedError();
}

/** Holds the file key: only ever written inside sealed local state. */
export function encodeUploadJournal(journal: UploadJournal): Uint8Array {
  const { secrets, source, leaves, prefixHash } = journal;
  const writer = new ByteWriter().raw(new TextEncoder().encode(MAGIC)).fixed(idBytes(secrets.fileId), 16);
  secrets.dek.use((dek) => writer.fixed(dek, sizes.key));
  writer.fixed(secrets.salt, 32).u64(source.size).u64(Math.floor(source.modifiedMs));
  return writer.fixed(prefixHash, sizes.hash).bytes32(joinLeaves(leaves)).finish();
}

export function decodeUploadJournal(bytes: Uint8Array): UploadJournal {
  const reader = new ByteReader(bytes, limits.maxUploadJournalBytes).magic(MAGIC);
  const fileId = idFromBytes<FileId>(reader.fixed(16));
  const secrets = { fileId, dek: new Secret(reader.fixed(sizes.key)), salt: reader.fixed(32) };
  const source = { size: reader.u64(), modifiedMs: reader.u64() };
  const prefixHash = reader.fixed(sizes.hash);
  const joined = reader.bytes32(limits.maxUploadJournalBytes);
  reader.end();
  const count = joined.length / sizes.hash;
  const isWhole = source.size <= limits.maxFileBytes && Number.isInteger(count);
  if (!isWhole || count > fileLayout(source.size).segments) throw fileError();
  const leaves = Array.from({ length: count }, (_, i) => joined.slice(i * sizes.hash, (i + 1) * sizes.hash));
  return { secrets, source, leaves, prefixHash };
}
