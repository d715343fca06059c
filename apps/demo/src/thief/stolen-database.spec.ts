import { describe, expect, it } from '@jest/globals';
import { movedByAnHour } from './stolen-database.js';

describe('a forged record', () => {
  it('differs by an hour and in nothing else', () => {
    const leaf = '{"cls":"read","ev":"doc.read","t":1795392000000,"v":1}';
    const forged = movedByAnHour(leaf);
    expect(forged.leaf).toBe('{"cls":"read","ev":"doc.read","t":1795388400000,"v":1}');
    expect(Date.parse(forged.before) - Date.parse(forged.after)).toBe(3_600_000);
  });

  it('needs a record with a time', () => {
    expect(() => movedByAnHour('{"v":1}')).toThrow('no time');
  });
});
