import { describe, expect, it } from '@jest/globals';
import { parseArguments } from './arguments.js';

describe('the arguments of the demo', () => {
  it('are files, and none of them has to be there', () => {
    const none = { files: [], isKept: false, isHelp: false, extractMebibytes: 256, postgres: undefined };
    expect(parseArguments([])).toEqual(none);
    expect(parseArguments(['a.pdf', '--keep', 'b.png']).files).toEqual(['a.pdf', 'b.png']);
    expect(parseArguments(['--', '--keep'])).toMatchObject({ files: ['--keep'], isKept: false });
  });

  it.each(['0', '-1', '1.5', 'much', '5000'])('refuse an extract of %s MiB', (size) => {
    expect(() => parseArguments([`--extract-mib=${size}`])).toThrow(RangeError);
  });

  it('refuse an option that is none', () => {
    expect(() => parseArguments(['--yes'])).toThrow('Unknown option');
  });
});
