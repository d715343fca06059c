import { describe, expect, it } from '@jest/globals';
import { ReadAhead } from './read-ahead.js';

const bytesOf = (path: string): Uint8Array => new TextEncoder().encode(path);

describe('reading ahead', () => {
  it('reads each file once, some before they are asked for, and what was not foreseen too', async () => {
    const read: string[] = [];
    const order = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const reader = {
      readTile: async (path: string) => {
        read.push(path);
        return path === 'c' ? undefined : bytesOf(path);
      },
    };
    const ahead = new ReadAhead(reader, order);
    expect(await ahead.readTile('a')).toEqual(bytesOf('a'));
    expect(read).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await ahead.readTile('other')).toEqual(bytesOf('other'));
    expect(await ahead.readTile('b')).toEqual(bytesOf('b'));
    expect(await ahead.readTile('c')).toBeUndefined();
    for (const path of order.slice(3)) expect(await ahead.readTile(path)).toEqual(bytesOf(path));
    expect(read.sort()).toEqual([...order, 'other'].sort());
  });

  it('tells of a failure to whoever asks for the file, and to nobody else', async () => {
    const broken = new Error('the disk is gone');
    const reader = {
      readTile: async (path: string) => {
        if (path === 'b') throw broken;
        return bytesOf(path);
      },
    };
    const ahead = new ReadAhead(reader, ['a', 'b', 'c']);
    expect(await ahead.readTile('a')).toEqual(bytesOf('a'));
    await new Promise(setImmediate);
    await expect(ahead.readTile('b')).rejects.toBe(broken);
    expect(await ahead.readTile('c')).toEqual(bytesOf('c'));
  });
});
