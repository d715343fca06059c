import { describe, expect, it } from '@jest/globals';
import { type FileId, RefusedError, VerificationError } from '@rogatory/kernel';
import { sha256 } from '@rogatory/crypto/verify';
import { FILE_SEGMENT_BYTES } from '@rogatory/protocol';
import { seededRandom as testingRandom } from '@rogatory/pki/testing';
import { fileLayout, segmentSpan, segmentsOfRange } from './file-layout.js';
import { fileHeaderHash, FileOpener, FileSealer, makeFileSecrets } from './file-sealing.js';
import { fileRoot, joinLeaves, verifyLeaves, verifySegmentInclusion } from './file-tree.js';
import { checkResume, decodeUploadJournal, encodeUploadJournal, journalSegments } from './upload-journal.js';

const fileId = '11'.repeat(16) as FileId;

function sealWhole(content: Uint8Array, seed = 1) {
  const secrets = makeFileSecrets(testingRandom(seed), fileId);
  const layout = fileLayout(content.length);
  const sealer = new FileSealer(secrets, layout);
  const segments = Array.from({ length: layout.segments }, (_, index) => {
    const { plainOffset, trueBytes } = segmentSpan(layout, index);
    return sealer.sealSegment(index, content.subarray(plainOffset, plainOffset + trueBytes));
  });
  const leaves = segments.map(({ leaf }) => leaf);
  return { secrets, layout, header: sealer.header, sealed: segments.map((s) => s.sealed), leaves };
}

function openerOf(file: ReturnType<typeof sealWhole>): FileOpener {
  const tree = { root: fileRoot(file.leaves), segments: file.layout.segments };
  const leaves = verifyLeaves(tree, joinLeaves(file.leaves));
  const { header, layout, secrets } = file;
  return new FileOpener({ header, headerHash: fileHeaderHash(header), fileId, dek: secrets.dek, layout, leaves });
}

const bytesOf = (length: number): Uint8Array => testingRandom(99)(length);

describe('file layout', () => {
  it.each([
    0,
    1,
    2,
    1000,
    FILE_SEGMENT_BYTES - 1,
    FILE_SEGMENT_BYTES,
    FILE_SEGMENT_BYTES + 1,
    5_000_000,
  ])('places %i bytes without a gap', (size) => {
    const layout = fileLayout(size);
    const spans = Array.from({ length: layout.segments }, (_, i) => segmentSpan(layout, i));
    expect(spans.reduce((sum, span) => sum + span.trueBytes, 0)).toBe(size);
    expect(spans.reduce((sum, span) => sum + span.plainBytes, 0)).toBe(layout.paddedSize);
    expect(96 + spans.reduce((sum, span) => sum + span.storedBytes, 0)).toBe(layout.storedSize);
    expect(layout.paddedSize).toBeLessThanOrEqual(Math.ceil(size * 1.12));
  });

  it('finds the segments of a range and refuses one beyond the end', () => {
    const layout = fileLayout(3 * FILE_SEGMENT_BYTES);
    expect(segmentsOfRange(layout, FILE_SEGMENT_BYTES - 1, 2).map(({ index }) => index)).toEqual([0, 1]);
    expect(() => segmentsOfRange(layout, 0, layout.trueSize + 1)).toThrow(VerificationError);
  });
});

describe('sealed files', () => {
  it.each([0, 1, 777, FILE_SEGMENT_BYTES, 2 * FILE_SEGMENT_BYTES + 123])('come back byte for byte: %i', (size) => {
    const content = bytesOf(size);
    const file = sealWhole(content);
    const opener = openerOf(file);
    const opened = file.sealed.map((segment, index) => opener.openSegment(index, segment));
    expect(sha256(...opened)).toEqual(sha256(content));
  });

  it('refuse segments that are moved, changed, cut, or of another file', () => {
    const file = sealWhole(bytesOf(3 * FILE_SEGMENT_BYTES));
    const other = sealWhole(bytesOf(3 * FILE_SEGMENT_BYTES), 2);
    const opener = openerOf(file);
    const [first, second] = file.sealed as [Uint8Array, Uint8Array];
    const flipped = first.slice();
    flipped[1000] = (flipped[1000] as number) ^ 1;
    for (const wrong of [second, flipped, first.subarray(1), other.sealed[0] as Uint8Array]) {
      expect(() => opener.openSegment(0, wrong)).toThrow(VerificationError);
    }
    expect(() => opener.openSegment(3, first)).toThrow(VerificationError);
  });

  it('refuse a header, a key or leaves that the manifest does not name', () => {
    const file = sealWhole(bytesOf(10));
    const other = sealWhole(bytesOf(10), 2);
    expect(() => openerOf({ ...file, secrets: other.secrets })).toThrow(VerificationError);
    const tree = { root: fileRoot(other.leaves), segments: 1 };
    expect(() => verifyLeaves(tree, joinLeaves(file.leaves))).toThrow(VerificationError);
    expect(() => verifyLeaves(tree, new Uint8Array(31))).toThrow(VerificationError);
    const { header, layout, secrets, leaves } = file;
    const headerHash = fileHeaderHash(other.header);
    expect(() => new FileOpener({ header, headerHash, fileId, dek: secrets.dek, layout, leaves })).toThrow(
      VerificationError,
    );
  });

  it('show one segment by its path to the root', () => {
    const file = sealWhole(bytesOf(2 * FILE_SEGMENT_BYTES));
    const tree = { root: fileRoot(file.leaves), segments: 2 };
    const [first, second] = file.sealed as [Uint8Array, Uint8Array];
    const path = [file.leaves[1] as Uint8Array];
    expect(() => verifySegmentInclusion(tree, 0, first, path)).not.toThrow();
    expect(() => verifySegmentInclusion(tree, 0, second, path)).toThrow(VerificationError);
    expect(() => verifySegmentInclusion(tree, 1, first, path)).toThrow(VerificationError);
  });

  it('are the same bytes again from the same secrets, and unrelated from fresh ones', () => {
    const content = bytesOf(1000);
    expect(sealWhole(content).sealed).toEqual(sealWhole(content).sealed);
    expect(sealWhole(content).sealed).not.toEqual(sealWhole(content, 2).sealed);
  });
});

describe('upload journal', () => {
  const content = bytesOf(3 * FILE_SEGMENT_BYTES);
  const file = sealWhole(content);
  const source = { size: content.length, modifiedMs: 1_700_000_000_000 };
  const empty = { secrets: file.secrets, source, leaves: [], prefixHash: sha256() };
  const journal = journalSegments(empty, file.leaves.slice(0, 2), sha256(content.subarray(0, 2 * FILE_SEGMENT_BYTES)));

  it('comes back whole and seals the same segments', () => {
    const back = decodeUploadJournal(encodeUploadJournal(journal));
    expect(back.leaves).toEqual(journal.leaves);
    const sealer = new FileSealer(back.secrets, fileLayout(back.source.size));
    expect(sealer.sealSegment(0, content.subarray(0, FILE_SEGMENT_BYTES)).leaf).toEqual(journal.leaves[0]);
  });

  it('goes on only with the same source', () => {
    expect(() => checkResume(journal, source, journal.prefixHash)).not.toThrow();
    const changes = [
      { source: { ...source, size: source.size + 1 }, prefix: journal.prefixHash },
      { source: { ...source, modifiedMs: source.modifiedMs + 1 }, prefix: journal.prefixHash },
      { source, prefix: sha256(content) },
    ];
    for (const change of changes) {
      expect(() => checkResume(journal, change.source, change.prefix)).toThrow(RefusedError);
    }
  });

  it('never holds more segments than the file', () => {
    expect(() => journalSegments(journal, file.leaves, sha256())).toThrow(VerificationError);
  });
});
