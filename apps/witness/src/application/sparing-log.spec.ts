import { describe, expect, it } from '@jest/globals';
import { limits } from '@rogatory/kernel';
import type { LogFields } from '@rogatory/platform-telemetry';
import { SparingLog } from './sparing-log.js';

describe('what is told of things from outside', () => {
  it('is one line of each kind for each log in a minute, and then how many were left out', () => {
    let nowMs = 0;
    const lines: object[] = [];
    const tell = (event: string, fields: LogFields = {}) => lines.push({ event, ...fields });
    const sparing = new SparingLog({ debug: tell, info: tell, warn: tell, error: tell }, { monotonicMs: () => nowMs });
    const [one, other] = ['log.example/one', 'log.example/other'];
    for (let n = 1; n <= 1_000; n++) sparing.tell('warn', 'witness/unproven', { origin: one, size: n });
    sparing.tell('warn', 'witness/contradiction', { origin: one, size: 1 });
    sparing.tell('warn', 'witness/unproven', { origin: other, size: 7 });
    expect(lines).toEqual([
      { event: 'witness/unproven', origin: one, size: 1 },
      { event: 'witness/contradiction', origin: one, size: 1 },
      { event: 'witness/unproven', origin: other, size: 7 },
    ]);
    nowMs += limits.witnessTellEveryMs;
    for (const size of [1_001, 1_002]) sparing.tell('warn', 'witness/unproven', { origin: one, size });
    expect(lines.slice(3)).toEqual([{ event: 'witness/unproven', origin: one, size: 1_001, count: 999 }]);
    nowMs += limits.witnessTellEveryMs;
    sparing.tell('warn', 'witness/unproven', { origin: one, size: 1_003 });
    expect(lines.slice(4)).toEqual([{ event: 'witness/unproven', origin: one, size: 1_003, count: 1 }]);
  });
});
