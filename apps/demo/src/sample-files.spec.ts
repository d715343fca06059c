import { inflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { checkGivenFile } from './files.js';
import { samplePdf, samplePng } from './sample-files.js';

describe('a sample PDF', () => {
  const text = Buffer.from(samplePdf(['A line (with brackets)', 'and a \\ sign'])).toString('latin1');

  it('has every object where its table says', () => {
    const start = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(text)?.[1]);
    expect(text.slice(start, start + 9)).toBe('xref\n0 6\n');
    const offsets = [...text.slice(start).matchAll(/(\d{10}) 00000 n /g)].map(([, offset]) => Number(offset));
    expect(offsets).toHaveLength(5);
    offsets.forEach((offset, i) => expect(text.slice(offset, offset + 7)).toBe(`${i + 1} 0 obj`));
  });

  it('states the length of its page, and escapes what would end a string', () => {
    const page = /\/Length (\d+) >>\nstream\n([\s\S]*)\nendstream/.exec(text);
    expect(page?.[2]).toHaveLength(Number(page?.[1]));
    expect(page?.[2]).toContain('(A line \\(with brackets\\))');
    expect(page?.[2]).toContain('(and a \\\\ sign)');
  });
});

describe('a sample PNG', () => {
  it('holds the dots that it was given', () => {
    const picture = Buffer.from(samplePng(2, 2, (x, y) => [x, y, 7]));
    expect(picture.subarray(1, 4).toString('latin1')).toBe('PNG');
    expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([2, 2]);
    const length = picture.readUInt32BE(33);
    expect(picture.subarray(37, 41).toString('latin1')).toBe('IDAT');
    const rows = inflateSync(picture.subarray(41, 41 + length));
    expect([...rows]).toEqual([0, 0, 0, 7, 1, 0, 7, 0, 0, 1, 7, 1, 1, 7]);
  });
});

describe('a file that was given', () => {
  it.each([
    ['x'.repeat(201), 'at most 200 characters'],
    ['nowhere.zip', 'there is no file "nowhere.zip"'],
    ['.', 'is no file'],
  ])('is refused in words where it cannot be exchanged: %s', async (name, words) => {
    await expect(checkGivenFile(name)).rejects.toThrow(words);
  });

  it('is any file that is there', async () => {
    await expect(checkGivenFile('package.json')).resolves.toBeUndefined();
  });
});
