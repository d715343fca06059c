import { CodecError, type FileId, idBytes, idFromBytes, limits, type ObjectId, parseUtf8 } from '@rogatory/kernel';
import { ByteReader, ByteWriter } from './codec.js';
import { sizes } from './purposes.js';

/** A reference from a message to a document of the same case. */
export interface DocumentReference {
  readonly objectId: ObjectId;
  readonly version: number;
  readonly itemHash: Uint8Array;
}

/** The opened content of a message item. A thread is named by its first message's object id. */
export interface MessageContent {
  readonly threadId: ObjectId;
  /** The message answered, or undefined. */
  readonly replyTo?: ObjectId;
  /** Only on a thread's first message. */
  readonly subject: string;
  readonly text: string;
  readonly references: readonly DocumentReference[];
  readonly wantsAcknowledgement: boolean;
}

/** Handling codes H0 to H3 of information exchange between law-enforcement authorities and the 4×4 evaluation of source and information (docs/spec/items.md). */
export interface HandlingLabels {
  readonly handling: 0 | 1 | 2 | 3;
  /** A, B, C, X as 1 to 4; 0 when not evaluated. */
  readonly sourceEvaluation: number;
  /** 1 to 4; 0 when not evaluated. */
  readonly informationEvaluation: number;
}

/** The opened content of a document item: all that is known of one version of a file (docs/spec/files.md). */
export interface DocumentManifest {
  readonly fileId: FileId;
  readonly version: number;
  /** Bytes of the plaintext before padding. */
  readonly trueSize: number;
  readonly segments: number;
  /** RFC 6962 style SHA-256 root over the ciphertext segments. */
  readonly root: Uint8Array;
  readonly headerHash: Uint8Array;
  readonly wrappedKey: Uint8Array;
  readonly name: string;
  readonly mediaType: string;
  /** SHA-256 of the plaintext without padding. */
  readonly plaintextHash: Uint8Array;
  readonly labels: HandlingLabels;
}

/** Withdraws a document version (0 = all versions) with a reason for the members. */
export interface WithdrawalContent {
  readonly objectId: ObjectId;
  readonly version: number;
  readonly reason: string;
}

export interface AcknowledgementContent {
  readonly objectId: ObjectId;
  readonly itemHash: Uint8Array;
}

/** Title and description of a case or compartment; the newest version is shown. */
export interface CaseInfoContent {
  readonly title: string;
  readonly description: string;
}

const MAX_REFERENCES = 100;
const MAX_WRAP = 256;
const NO_ID = '0'.repeat(32);

export function encodeMessageContent(content: MessageContent): Uint8Array {
  const writer = new ByteWriter().fixed(idBytes(content.threadId), 16).fixed(idBytes(content.replyTo ?? NO_ID), 16);
  writer
    .u8(content.wantsAcknowledgement ? 1 : 0)
    .text16(content.subject)
    .text32(content.text);
  writeReferences(writer, content.references);
  return writer.finish();
}

export function decodeMessageContent(bytes: Uint8Array): MessageContent {
  const reader = new ByteReader(bytes, limits.maxItemBytes);
  const threadId = idFromBytes<ObjectId>(reader.fixed(16));
  const replyTo = reader.hex(16);
  const wantsAcknowledgement = reader.oneOf(reader.u8(), [0, 1]) === 1;
  const subject = reader.text16(4 * limits.maxNameCharacters);
  const text = parseUtf8(reader.bytes32(limits.maxItemBytes));
  const content: MessageContent = {
    threadId,
    ...(replyTo === NO_ID ? {} : { replyTo: replyTo as ObjectId }),
    subject,
    text,
    references: readReferences(reader),
    wantsAcknowledgement,
  };
  reader.end();
  return content;
}

export function encodeDocumentManifest(manifest: DocumentManifest): Uint8Array {
  const writer = new ByteWriter().fixed(idBytes(manifest.fileId), 16).u32(manifest.version).u64(manifest.trueSize);
  writer.u32(manifest.segments).fixed(manifest.root, sizes.hash).fixed(manifest.headerHash, sizes.hash);
  writer.bytes16(manifest.wrappedKey).text16(manifest.name).text16(manifest.mediaType);
  writer.fixed(manifest.plaintextHash, sizes.hash).u8(manifest.labels.handling);
  writer.u8(manifest.labels.sourceEvaluation).u8(manifest.labels.informationEvaluation);
  return writer.finish();
}

export function decodeDocumentManifest(bytes: Uint8Array): DocumentManifest {
  const reader = new ByteReader(bytes, limits.maxItemBytes);
  const manifest: DocumentManifest = {
    fileId: idFromBytes<FileId>(reader.fixed(16)),
    version: reader.u32(),
    trueSize: reader.u64(),
    segments: reader.u32(),
    root: reader.fixed(sizes.hash),
    headerHash: reader.fixed(sizes.hash),
    wrappedKey: reader.bytes16(MAX_WRAP),
    name: reader.text16(1024),
    mediaType: reader.text16(256),
    plaintextHash: reader.fixed(sizes.hash),
    labels: {
      handling: reader.oneOf(reader.u8(), [0, 1, 2, 3] as const),
      sourceEvaluation: reader.oneOf(reader.u8(), [0, 1, 2, 3, 4]),
      informationEvaluation: reader.oneOf(reader.u8(), [0, 1, 2, 3, 4]),
    },
  };
  reader.end();
  if (manifest.trueSize > limits.maxFileBytes) throw new CodecError('codec/range', 'file too large');
  return manifest;
}

export function encodeWithdrawal(content: WithdrawalContent): Uint8Array {
  return new ByteWriter().fixed(idBytes(content.objectId), 16).u32(content.version).text16(content.reason).finish();
}

export function decodeWithdrawal(bytes: Uint8Array): WithdrawalContent {
  const reader = new ByteReader(bytes, limits.maxItemBytes);
  const content = {
    objectId: idFromBytes<ObjectId>(reader.fixed(16)),
    version: reader.u32(),
    reason: reader.text16(4 * limits.maxJustificationCharacters),
  };
  reader.end();
  return content;
}

export function encodeAcknowledgement(content: AcknowledgementContent): Uint8Array {
  return new ByteWriter().fixed(idBytes(content.objectId), 16).fixed(content.itemHash, sizes.hash).finish();
}

export function decodeAcknowledgement(bytes: Uint8Array): AcknowledgementContent {
  const reader = new ByteReader(bytes, limits.maxItemBytes);
  const content = { objectId: idFromBytes<ObjectId>(reader.fixed(16)), itemHash: reader.fixed(sizes.hash) };
  reader.end();
  return content;
}

export function encodeCaseInfo(content: CaseInfoContent): Uint8Array {
  return new ByteWriter().text16(content.title).text16(content.description).finish();
}

export function decodeCaseInfo(bytes: Uint8Array): CaseInfoContent {
  const reader = new ByteReader(bytes, limits.maxItemBytes);
  const content = { title: reader.text16(4 * limits.maxNameCharacters), description: reader.text16() };
  reader.end();
  return content;
}

export function writeReferences(writer: ByteWriter, references: readonly DocumentReference[]): void {
  writer.u8(references.length);
  for (const { objectId, version, itemHash } of references) {
    writer.fixed(idBytes(objectId), 16).u32(version).fixed(itemHash, sizes.hash);
  }
}

/** @throws CodecError. */
export function readReferences(reader: ByteReader): DocumentReference[] {
  const count = reader.u8();
  if (count > MAX_REFERENCES) throw new CodecError('codec/range', 'too many references');
  return Array.from({ length: count }, () => ({
    objectId: idFromBytes<ObjectId>(reader.fixed(16)),
    version: reader.u32(),
    itemHash: reader.fixed(sizes.hash),
  }));
}
