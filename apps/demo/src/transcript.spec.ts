import { describe, expect, it } from '@jest/globals';
import { bytesText, check, progressText, rateText, seconds, StepFailed, writtenTranscript } from './transcript.js';

function written(isTerminal = false) {
  const lines: string[] = [];
  const transcript = writtenTranscript((text) => void lines.push(text), { isTerminal, nowMs: () => 1_500 });
  return { lines, transcript };
}

describe('a transcript', () => {
  it('has a check mark for what held, and counts', () => {
    const { lines, transcript } = written();
    check(transcript, true, 'bytes are the same');
    expect(lines.join('')).toContain('✓ bytes are the same');
    expect(transcript.counts).toEqual({ held: 1, failed: 0 });
  });

  it('has none for what did not hold, and the story ends', () => {
    const { lines, transcript } = written();
    expect(() => check(transcript, false, 'bytes are the same')).toThrow(StepFailed);
    expect(lines.join('')).not.toContain('✓');
    expect(lines.join('')).toContain('✗ bytes are the same');
    expect(transcript.counts).toEqual({ held: 0, failed: 1 });
  });

  it('draws progress over on a terminal, and clears it before the next line', () => {
    const { lines, transcript } = written(true);
    transcript.progress('1 %');
    transcript.say('done');
    expect(lines).toEqual(['\r\u001b[2K            1 %', '\r\u001b[2K            done\n']);
  });

  it('tells progress once in a while elsewhere', () => {
    let nowMs = 10_000;
    const lines: string[] = [];
    const transcript = writtenTranscript((text) => void lines.push(text), { isTerminal: false, nowMs: () => nowMs });
    transcript.progress('1 %');
    transcript.progress('2 %');
    nowMs += 5_000;
    transcript.progress('3 %');
    expect(lines).toEqual(['            … 1 %\n', '            … 3 %\n']);
  });
});

describe('figures', () => {
  it.each([
    [0, '0 bytes'],
    [1_023, '1023 bytes'],
    [1_024, '1.0 KiB'],
    [256 * 1024 * 1024, '256.0 MiB'],
    [3 * 1024 ** 3, '3.0 GiB'],
  ])('%d bytes are %s', (bytes, text) => expect(bytesText(bytes)).toBe(text));

  it('are told in their units', () => {
    expect(seconds(1_234)).toBe('1.2 s');
    expect(rateText(300 * 1024 * 1024, 2_000)).toBe('150 MiB/s');
    expect(progressText(512, 1_024)).toBe('512 bytes of 1.0 KiB, 50 %');
    expect(progressText(0, 0)).toBe('0 bytes of 0 bytes, 100 %');
  });
});
