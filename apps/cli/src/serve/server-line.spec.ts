import { describe, expect, it } from '@jest/globals';
import { parseServerLine } from './server-line.js';

describe('what a server says of its start', () => {
  it('is read from one line', () => {
    const line = JSON.stringify({
      event: 'ready',
      url: 'http://127.0.0.1:4000/',
      federationHash: 'ab'.repeat(32),
      logKeys: ['k'],
    });
    const told = { event: 'ready', url: 'http://127.0.0.1:4000', logKeys: ['k'], federationHash: 'ab'.repeat(32) };
    expect(parseServerLine(line)).toEqual(told);
  });

  it('names the faults of a failed start', () => {
    const faults = [{ setting: 'publicUrl', reason: 'required' }];
    const line = JSON.stringify({ event: 'failed', code: 'config/invalid', message: 'x', faults });
    expect(parseServerLine(line)).toEqual({ event: 'failed', code: 'config/invalid', faults: ['publicUrl: required'] });
  });

  it.each([
    '',
    'listening',
    '{',
    '[]',
    '{"event":"ready"}',
    '{"event":"ready","url":"not a url","logKeys":[]}',
    '{"event":"ready","url":"http://127.0.0.1:4000"}',
    '{"event":"ready","url":"http://127.0.0.1:4000","logKeys":[],"federationHash":"00"}',
    '{"event":"other"}',
  ])('takes %j for nothing of that kind', (line) => {
    expect(parseServerLine(line)).toBeUndefined();
  });
});
