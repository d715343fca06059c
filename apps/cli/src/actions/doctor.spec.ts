import { describe, expect, it } from '@jest/globals';
import { limits } from '@rogatory/kernel';
import { witnessesOf } from './doctor.js';

const NOW_MS = Date.UTC(2026, 10, 23, 12);

describe('what the doctor says of witnesses', () => {
  it.each([
    [0, undefined, 'attention', 'the server alone'],
    [3, undefined, 'well', '3, and a quorum vouches'],
    [3, NOW_MS - 60_000, 'attention', 'since 2026-11-23T11:59:00'],
    [3, NOW_MS - limits.witnessWordsMs - 1, 'wrong', 'documents and keys are refused'],
  ])('%i of them, silent since %s: %s', (witnesses, unwitnessedSinceMs, verdict, says) => {
    const finding = witnessesOf({ witnesses, unwitnessedSinceMs }, NOW_MS);
    expect(finding).toMatchObject({ verdict, says: expect.stringContaining(says) });
  });
});
