import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeLogTrustFile, encodeRecordFile } from '@rogatory/evidence';
import { joined, TestLog, TestRecords } from '@rogatory/evidence/testing';
import { type AuthorityCalendar, calendarFile } from '@rogatory/findings';
import type { AuthorityId } from '@rogatory/kernel';
import { encodeForkProof, encodeVerifierKey } from '@rogatory/tlog';
import { seededRandom } from '@rogatory/pki/testing';
import { runVerifier } from './run-verifier.js';

const clock = { nowMs: () => Date.UTC(2026, 10, 24), monotonicMs: () => 0 };
const random = seededRandom(404);
const records = new TestRecords(random);
const log = new TestLog(random);
let folder = '';
const at = (name: string) => join(folder, name);

async function keep(name: string, bytes: Uint8Array | string): Promise<string> {
  await mkdir(dirname(at(name)), { recursive: true });
  await writeFile(at(name), bytes);
  return at(name);
}

function policy(quorum: number): string {
  const witnesses = log.witnessKeys.map((key, i) => `witness w${i} ${encodeVerifierKey(key)}\n`);
  const group = `group all ${quorum} ${log.witnessKeys.map((_, i) => `w${i}`).join(' ')}\n`;
  return `log ${encodeVerifierKey(log.logKey)}\n${witnesses.join('')}${group}quorum all\n`;
}

interface ToldClaim {
  readonly claim: string;
  readonly verdict: string;
  readonly code?: string;
}

async function asked(...args: readonly string[]) {
  const { exitCode, out, error } = await runVerifier([...args, '--json'], clock);
  const told = out === '' ? { claims: [] } : (JSON.parse(out) as { readonly claims: readonly ToldClaim[] });
  return { exitCode, error, verdicts: Object.fromEntries(told.claims.map(({ claim, verdict }) => [claim, verdict])) };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rogatory-verify-'));
  await log.append(Array.from({ length: 300 }, (_, i) => records.act({ device: i % 3 })));
  await keep('before', log.head);
  await log.append(Array.from({ length: 20 }, () => records.act()));
  for (const [path, bytes] of log.files) await keep(`log/${path}`, bytes);
  await keep('log/checkpoint', log.head);
  await keep('policy', policy(2));
  await keep('trust.json', encodeLogTrustFile({ origin: log.origin, logKeys: [log.logKey], promiseKey: undefined }));
  await keep('export.ndjson', joined(await log.exportLines({ scope: records.authorities })));
  const { leaf, proof } = await log.receipt(17);
  await keep('17.leaf', leaf);
  await keep('17.tlog-proof', proof);
  await keep('17.json', encodeRecordFile({ leaf, proof, open: log.records[17]?.open }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Arguments for an export of 24 records, of the same people and of a log of its own. */
async function shortExport(first = 0): Promise<string[]> {
  const source = new TestRecords(seededRandom(404));
  const built = new TestLog(seededRandom(405));
  await built.append(Array.from({ length: 24 }, (_, i) => source.act({ device: i % 3 })));
  const path = await keep(
    `short-${first}.ndjson`,
    joined(await built.exportLines({ first, scope: source.authorities })),
  );
  return ['export', path, '--log-key', encodeVerifierKey(built.logKey)];
}

describe('the verifier as a program', () => {
  it('verifies a folder under a policy, and demands what it is told to', async () => {
    const told = await asked('log', at('log'), '--policy', at('policy'), '--earlier', at('before'));
    expect(told).toMatchObject({ exitCode: 0, error: '' });
    expect(told.verdicts).toMatchObject({
      checkpoint: 'verified (pinned keys)',
      witnesses: 'verified (pinned keys)',
      tree: 'verified (pinned keys)',
      'earlier-heads': 'verified (pinned keys)',
      receipts: 'unverified',
    });
    const demanding = ['log', at('log'), '--policy', at('policy'), '--demand'];
    expect((await asked(...demanding, 'witnesses')).exitCode).toBe(0);
    expect((await asked(...demanding, 'earlier-heads')).exitCode).toBe(2);
    await keep('too-much', policy(3).replace('witness w2', 'witness w9').replace('w0 w1 w2', 'w0 w1 w9'));
    expect((await asked('log', at('log'), '--policy', at('too-much'))).exitCode).toBe(0);
  });

  it('T24: says whose keys a verdict rests on: those beside the evidence are never enough', async () => {
    const alone = await asked('log', at('log'));
    expect(alone).toMatchObject({ exitCode: 2, verdicts: {} });
    expect(alone.error).toContain('verify/arguments');
    await keep(
      'log/log-trust.json',
      encodeLogTrustFile({ origin: log.origin, logKeys: [log.logKey], promiseKey: undefined }),
    );
    const beside = await asked('log', at('log'));
    expect(beside.exitCode).toBe(2);
    expect(beside.verdicts['tree']).toBe('verified (keys from the bundle)');
    const stranger = new TestLog(seededRandom(1));
    const wrong = await asked(
      'log',
      at('log'),
      '--origin',
      log.origin,
      '--log-key',
      encodeVerifierKey(stranger.logKey),
    );
    expect(wrong).toMatchObject({ exitCode: 1, verdicts: { checkpoint: 'failed', tree: 'unverified' } });
  });

  it('names the first bad index of a folder', async () => {
    const path = 'tile/entries/000';
    const bytes = log.files.get(path)?.slice() ?? new Uint8Array();
    const index = 100;
    const place = log.records.slice(0, index).reduce((sum, { leaf }) => sum + 2 + leaf.length, 0) + 40;
    bytes[place] = (bytes[place] ?? 0) ^ 1;
    for (const [name, kept] of log.files) await keep(`bad/${name}`, name === path ? bytes : kept);
    await keep('bad/checkpoint', log.head);
    const told = await asked('log', at('bad'), '--trust', at('trust.json'));
    expect(told).toMatchObject({ exitCode: 1, verdicts: { tree: `failed at index ${index}` } });
    const { out } = await runVerifier(['log', at('bad'), '--trust', at('trust.json')], clock);
    expect(out).toContain('does NOT verify');
    expect(out).toMatch(/tree +failed at index 100/);
  });

  it('T24: verifies an export, and finds what was edited in it', async () => {
    const trust = ['--trust', at('trust.json')];
    const told = await asked('export', at('export.ndjson'), ...trust);
    expect(told).toMatchObject({ exitCode: 0, verdicts: { tree: 'verified (pinned keys)', devices: 'unverified' } });
    const lines = await log.exportLines();
    await keep('cut.ndjson', joined(lines.filter((_, i) => i !== 31)));
    const cut = await asked('export', at('cut.ndjson'), ...trust);
    expect(cut).toMatchObject({ exitCode: 1, verdicts: { tree: 'failed at index 30' } });
    await keep('no.ndjson', 'index,time\n0,now\n');
    expect((await asked('export', at('no.ndjson'), ...trust)).exitCode).toBe(1);
    expect((await asked('export', at('export.ndjson'), ...trust, '--demand', 'devices')).exitCode).toBe(2);
  });

  it('computes findings over an export, by the working hours of whoever reads it', async () => {
    const given = await shortExport();
    expect((await asked(...given)).verdicts['findings']).toBeUndefined();
    const [own, other] = records.authorities as [AuthorityId, AuthorityId];
    const hours = (authority: AuthorityId, isOpen: boolean): AuthorityCalendar => {
      const day = isOpen ? [[0, 1_440] as const] : [];
      return { authority, zone: 'Europe/Paris', holidays: [], week: Array.from({ length: 7 }, () => day) };
    };
    await keep('open.json', calendarFile([hours(own, true), hours(other, true)]));
    const open = await asked(...given, '--calendars', at('open.json'));
    expect(open).toMatchObject({ exitCode: 0, verdicts: { findings: 'verified (pinned keys)' } });
    await keep('closed.json', calendarFile([hours(own, false), hours(other, true)]));
    const closed = await asked(...given, '--calendars', at('closed.json'));
    expect(closed).toMatchObject({ exitCode: 2, verdicts: { findings: 'unverified' } });
    const { out } = await runVerifier([...given, '--calendars', at('closed.json')], clock);
    expect(out).toMatch(/off-hours at index 0: 8 acts outside working hours on 2026-11-23/);
    const part = await asked(...(await shortExport(3)), '--findings');
    expect(part).toMatchObject({ exitCode: 0, verdicts: { findings: 'unverified' } });
    expect((await asked('log', at('log'), '--trust', at('trust.json'), '--findings')).exitCode).toBe(2);
  });

  it('takes nothing for a review report that is none', async () => {
    const [, path = '', ...key] = await shortExport();
    for (const args of [
      ['report', path],
      ['export', path, '--report', path],
    ]) {
      const told = await asked(...args, ...key);
      expect(told).toMatchObject({ exitCode: 2, verdicts: {} });
      expect(told.error).toContain('evidence/report');
    }
    expect((await asked('record', path, '--report', path, ...key)).error).toContain('verify/arguments');
  });

  it('judges by settings of retention that the reader gives', async () => {
    const given = await shortExport();
    expect((await asked(...given)).verdicts['retention']).toBe('unverified');
    await keep('retention.json', '{"defaultMonths": 36, "months": {"trial": 12}}');
    const told = await asked(...given, '--retention', at('retention.json'));
    expect(told).toMatchObject({ exitCode: 0, verdicts: { retention: 'verified (pinned keys)' } });
    await keep('retention.json', '{"defaultMonths": 1}');
    const wrong = await asked(...given, '--retention', at('retention.json'));
    expect(wrong).toMatchObject({ exitCode: 2, verdicts: {} });
    expect(wrong.error).toContain('retention/settings');
  });

  it('verifies a receipt and a record, and refuses the leaf of another', async () => {
    const trust = ['--policy', at('policy')];
    const receipt = await asked('receipt', at('17.tlog-proof'), '--leaf', at('17.leaf'), ...trust);
    expect(receipt).toMatchObject({ exitCode: 0, verdicts: { inclusion: 'verified (pinned keys)' } });
    expect((await asked('record', at('17.json'), ...trust)).verdicts).toMatchObject({
      openings: 'verified (pinned keys)',
    });
    await keep('18.leaf', log.records[18]?.leaf ?? '');
    const wrong = await asked('receipt', at('17.tlog-proof'), '--leaf', at('18.leaf'), ...trust);
    expect(wrong).toMatchObject({ exitCode: 1, verdicts: { inclusion: 'failed at index 17' } });
  });

  it('T13: verifies a fork, and calls no fork what is none', async () => {
    const twin = new TestLog(seededRandom(8));
    const other = new TestLog(seededRandom(8));
    await twin.append([records.act()]);
    await other.append([records.act()]);
    const key = ['--log-key', encodeVerifierKey(twin.logKey)];
    await keep('fork.json', encodeForkProof({ first: twin.head, second: other.head, hashes: [] }));
    expect(await asked('fork', at('fork.json'), ...key)).toMatchObject({
      exitCode: 0,
      verdicts: { fork: 'verified (pinned keys)' },
    });
    await keep('none.json', encodeForkProof({ first: twin.head, second: twin.head, hashes: [] }));
    expect((await asked('fork', at('none.json'), ...key)).exitCode).toBe(1);
  });

  it('tells what cannot be read or was asked wrongly, without a verdict', async () => {
    const wrong: readonly (readonly string[])[] = [
      ['photo', at('log')],
      ['log'],
      ['log', at('log'), '--nonsense'],
      ['log', at('nowhere'), '--trust', at('trust.json')],
      ['log', at('log'), '--trust', at('policy')],
      ['receipt', at('17.tlog-proof'), '--trust', at('trust.json')],
      ['log', at('log'), '--trust', at('trust.json'), '--demand', 'everything'],
    ];
    for (const args of wrong) {
      const told = await asked(...args);
      expect([args, told.exitCode, told.verdicts]).toEqual([args, 2, {}]);
      expect(told.error).not.toBe('');
    }
  });
});
