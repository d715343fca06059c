import { describe, expect, it } from '@jest/globals';
import { limits } from '@rogatory/kernel';
import { FILE_HEADER_BYTES, FILE_SEALED_SEGMENT_BYTES } from '@rogatory/protocol';
import * as fc from 'fast-check';
import { parseRange } from './byte-range.js';
import { checkSealedSize, PART_BYTES, partCount, partSpan, partsOfRange } from './upload.js';

const sealedSize = fc
  .tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 16, max: FILE_SEALED_SEGMENT_BYTES }))
  .map(([segments, last]) => FILE_HEADER_BYTES + segments * FILE_SEALED_SEGMENT_BYTES + last);

describe('parts of a sealed file', () => {
  it('cover it without gap or overlap', () => {
    fc.assert(
      fc.property(sealedSize, (size) => {
        const spans = Array.from({ length: partCount(size) }, (_, i) => partSpan(size, i));
        expect(spans[0]?.start).toBe(0);
        expect(spans.at(-1)?.end).toBe(size);
        for (let i = 1; i < spans.length; i++) expect(spans[i]?.start).toBe(spans[i - 1]?.end);
        expect(partSpan(size, spans.length)).toBeUndefined();
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it('hold exactly the bytes of any range', () => {
    fc.assert(
      fc.property(
        sealedSize,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (size, a, b) => {
          const start = Math.floor(Math.min(a, b) * (size - 1));
          const end = Math.max(start + 1, Math.ceil(Math.max(a, b) * size));
          const parts = partsOfRange(size, start, end);
          expect(parts.reduce((sum, part) => sum + part.end - part.start, 0)).toBe(end - start);
          const first = partSpan(size, parts[0]?.index ?? -1);
          expect((first?.start ?? 0) + (parts[0]?.start ?? 0)).toBe(start);
        },
      ),
      { seed: 6, numRuns: 300 },
    );
  });

  it('begin after the header', () => {
    const size = FILE_HEADER_BYTES + 2 * PART_BYTES;
    expect(partSpan(size, 0)).toEqual({ index: 0, start: 0, end: FILE_HEADER_BYTES + PART_BYTES });
    expect(partCount(size)).toBe(2);
  });
});

describe('checkSealedSize', () => {
  it('admits the smallest and the largest file and nothing beyond', () => {
    const largest = FILE_HEADER_BYTES + (limits.maxFileBytes / limits.fileSegmentBytes) * FILE_SEALED_SEGMENT_BYTES;
    for (const size of [FILE_HEADER_BYTES + 16, largest]) expect(() => checkSealedSize(size)).not.toThrow();
    for (const size of [0, FILE_HEADER_BYTES + 15, largest + 17, FILE_HEADER_BYTES + FILE_SEALED_SEGMENT_BYTES + 3]) {
      expect(() => checkSealedSize(size)).toThrow(expect.objectContaining({ code: 'documents/size' }));
    }
  });
});

describe('parseRange', () => {
  it('reads one range inside the file', () => {
    expect(parseRange(undefined, 10)).toEqual({ start: 0, end: 10 });
    expect(parseRange('bytes=2-4', 10)).toEqual({ start: 2, end: 5 });
    expect(parseRange('bytes=2-', 10)).toEqual({ start: 2, end: 10 });
    expect(parseRange('bytes=2-99', 10)).toEqual({ start: 2, end: 10 });
  });

  it.each([
    'bytes=-5',
    'bytes=10-',
    'bytes=4-2',
    'bytes=0-1,3-4',
    'items=0-1',
    'bytes=0-1e3',
    '',
  ])('refuses %j', (header) => {
    expect(parseRange(header, 10)).toBeUndefined();
  });
});
