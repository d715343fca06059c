import { equalBytes, type FileId, type RandomBytes, Secret } from '@rogatory/kernel';
import { fileKey, openFileKey, openSegment, sealSegment } from '@rogatory/crypto/seal';
import { sha256 } from '@rogatory/crypto/verify';
import {
  decodeFileHeader,
  encodeFileHeader,
  encodeFileHeaderBound,
  FILE_HEADER_BOUND_BYTES,
  sizes,
} from '@rogatory/protocol';
import { fileError } from '../e2ee.errors.js';
import { type FileLayout, segmentSpan } from './file-layout.js';
import { segmentLeaf } from './segment-leaf.js';

const SALT_BYTES = 32;

/** SPEC: files 4: headerHash = SHA-256(header, all 96 bytes) */
export function fileHeaderHash(header: Uint8Array): Uint8Array {
  return sha256(header);
}

/** The secret and salt of one content; kept in the upload's journal until the manifest is accepted. */
export interface FileSecrets {
  readonly fileId: FileId;
  readonly dek: Secret;
  readonly salt: Uint8Array;
}

/** Fresh secrets. One content, one set: a source that changed in any way gets new ones, or nonces repeat. */
export function makeFileSecrets(random: RandomBytes, fileId: FileId): FileSecrets {
  return { fileId, dek: new Secret(random(sizes.key)), salt: random(SALT_BYTES) };
}

/** Seals the segments of one file. Deterministic in its secrets: the same bytes again after a crash. */
export class FileSealer {
  readonly #segmentKey: Secret;
  readonly header: Uint8Array;
  readonly layout: FileLayout;

  constructor(secrets: FileSecrets, layout: FileLayout) {
    const { segmentKey, commit } = fileKey(secrets.dek, encodeFileHeaderBound(secrets));
    this.#segmentKey = segmentKey;
    this.header = encodeFileHeader({ ...secrets, commit });
    this.layout = layout;
  }

  /**
   * One sealed segment and its leaf hash. `content` is the segment's share of the true file; padding is added here.
   * @throws VerificationError `e2ee/file` when the content has not the length that the layout says.
   */
  sealSegment(index: number, content: Uint8Array): { readonly sealed: Uint8Array; readonly leaf: Uint8Array } {
    const span = segmentSpan(this.layout, index);
    if (content.length !== span.trueBytes) throw fileError();
    const sealed = sealSegment(this.#segmentKey, span, padded(content, span.plainBytes));
    return { sealed, leaf: segmentLeaf(index, sealed) };
  }

  /** Best effort as to memory. */
  wipe(): void {
    this.#segmentKey.wipe();
  }
}

/** Opens the segments of one file whose manifest is verified. */
export class FileOpener {
  readonly #segmentKey: Secret;
  readonly layout: FileLayout;
  readonly #leaves: readonly Uint8Array[];

  /**
   * @param input `leaves` come from `verifyLeaves`, so that a range costs its own segments only.
   * @throws VerificationError `e2ee/file` for a header that is not the manifest's, `crypto/open` for a wrong key.
   */
  constructor(input: FileOpenerInput) {
    const { header, headerHash, fileId, dek, layout, leaves } = input;
    if (!equalBytes(fileHeaderHash(header), headerHash)) throw fileError();
    const parsed = decodeFileHeader(header);
    if (parsed.fileId !== fileId || leaves.length !== layout.segments) throw fileError();
    this.#segmentKey = openFileKey(dek, header.slice(0, FILE_HEADER_BOUND_BYTES), parsed.commit);
    this.layout = layout;
    this.#leaves = leaves;
  }

  /**
   * The content of one segment, checked against the manifest's root, its tag and its padding before it is given.
   * @throws VerificationError `e2ee/file` or `crypto/open`.
   */
  openSegment(index: number, sealed: Uint8Array): Uint8Array {
    const span = segmentSpan(this.layout, index);
    const leaf = this.#leaves[index];
    const isExpected = leaf !== undefined && sealed.length === span.storedBytes;
    if (!isExpected || !equalBytes(segmentLeaf(index, sealed), leaf)) throw fileError();
    const plaintext = openSegment(this.#segmentKey, span, sealed);
    // SPEC: files 2: padding MUST be zeros, so that it carries nothing
    if (plaintext.subarray(span.trueBytes).some((byte) => byte !== 0)) throw fileError();
    return plaintext.subarray(0, span.trueBytes);
  }

  /** Best effort as to memory. */
  wipe(): void {
    this.#segmentKey.wipe();
  }
}

export interface FileOpenerInput {
  readonly header: Uint8Array;
  readonly headerHash: Uint8Array;
  readonly fileId: FileId;
  readonly dek: Secret;
  readonly layout: FileLayout;
  readonly leaves: readonly Uint8Array[];
}

function padded(content: Uint8Array, length: number): Uint8Array {
  if (content.length === length) return content;
  const bytes = new Uint8Array(length);
  bytes.set(content);
  return bytes;
}
