import { describe, expect, it } from '@jest/globals';
import { type ActId, toHex } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import {
  encodeAuditLeaf,
  encodeReceiptPromise,
  encodeSignedReceiptPromise,
  signaturePurposes,
} from '@rogatory/protocol';
import { keyTypes, leafHash, signCheckpoint, TreeTail, verifierKey } from '@rogatory/tlog';
import { seededRandom } from '@rogatory/pki/testing';
import { type AuditClaim, type AuditVerification, verifyAuditLog } from './verify-audit-log.js';

const ORIGIN = 'rogatory.test/audit/log/2026h2';
const NOW_MS = Date.UTC(2026, 10, 23);
const random = seededRandom(5);
const logKey = SigningKey.generate(random);
const promiseKey = SigningKey.generate(random);
const key = verifierKey({ name: ORIGIN, type: keyTypes.log, publicKey: logKey.publicKey });
const signer = { key, sign: async (bytes: Uint8Array) => logKey.signRaw(bytes) };

function leafOf(i: number, atMs = NOW_MS + i): { readonly id: ActId; readonly bytes: Uint8Array } {
  const id = toHex(random(16)) as ActId;
  const com = { what: 'A'.repeat(43) };
  const facts = { cls: 'system', ev: 'system.job', out: 'allowed', rc: 'ok', ms: 'EU' } as const;
  return { id, bytes: encodeAuditLeaf({ v: 1, id, t: atMs, ...facts, com }) };
}

/** A log of leaves as its stored files, with a signed head after each part of it. */
async function logOf(...parts: readonly (readonly Uint8Array[])[]) {
  const files = new Map<string, Uint8Array>();
  const heads: Uint8Array[] = [];
  let tail = TreeTail.empty;
  for (const part of parts) {
    const extension = tail.extend(part);
    tail = extension.tail;
    for (const { path, bytes } of extension.files) files.set(path, bytes);
    heads.push(await signCheckpoint({ origin: ORIGIN, size: tail.size, root: tail.root() }, [signer]));
  }
  const source = {
    readCheckpoint: async () => heads.at(-1),
    readTile: async (path: string) => files.get(path),
  };
  return { files, heads, source };
}

function asked(source: AuditVerification['source'], more: Partial<AuditVerification> = {}) {
  return verifyAuditLog({ source, origin: ORIGIN, logKeys: [key], nowMs: NOW_MS + 3_600_000, ...more });
}

function promiseOf(id: ActId, leaf: Uint8Array): Uint8Array {
  const promise = { logOrigin: ORIGIN, recordId: id, leafHash: leafHash(leaf), deadlineMs: NOW_MS };
  const signedBytes = encodeReceiptPromise(promise);
  const signature = promiseKey.sign(signaturePurposes.receiptPromise, signedBytes);
  return encodeSignedReceiptPromise({ signedBytes, signature });
}

const claimOf = (report: Awaited<ReturnType<typeof asked>>, name: AuditClaim) =>
  report.claims.find(({ claim }) => claim === name);

describe('an audit log verified from its files', () => {
  const leaves = Array.from({ length: 700 }, (_, i) => leafOf(i));
  const bytes = leaves.map((leaf) => leaf.bytes);

  it('is sound when everything fits, with a promised record and an older head', async () => {
    const { source, heads } = await logOf(bytes.slice(0, 300), bytes.slice(300));
    const { id, bytes: leaf } = leaves[412] as (typeof leaves)[number];
    const receipts = [{ promise: promiseOf(id, leaf) }];
    const seen: number[] = [];
    const onProgress = (entries: number) => void seen.push(entries);
    const kept = { earlier: [heads[0] as Uint8Array], receipts, promiseKey: promiseKey.publicKey, onProgress };
    const report = await asked(source, kept);
    expect(report.claims.map(({ claim, outcome }) => `${claim} ${outcome}`)).toEqual([
      'checkpoint holds',
      'tree holds',
      'earlier-heads holds',
      'leaves holds',
      'order holds',
      'receipts holds',
    ]);
    expect(report).toMatchObject({ isSound: true, size: 700 });
    expect(report.events.get('system.job')).toBe(700);
    expect(seen.at(-1)).toBe(700);
  });

  it('names the changed record', async () => {
    const { source, files } = await logOf(bytes);
    const bundle = files.get('tile/entries/001') as Uint8Array;
    bundle[200] = (bundle[200] as number) ^ 1;
    const report = await asked(source);
    expect(report.isSound).toBe(false);
    const found = claimOf(report, 'tree')?.firstBadIndex;
    expect(found).toBeGreaterThanOrEqual(256);
    expect(found).toBeLessThan(512);
  });

  it('finds a cut tail by an older head', async () => {
    const long = await logOf(bytes.slice(0, 300), bytes.slice(300));
    const short = await logOf(bytes.slice(0, 300));
    const report = await asked(short.source, { earlier: [long.heads[1] as Uint8Array] });
    expect(claimOf(report, 'earlier-heads')).toMatchObject({ outcome: 'fails', code: 'truncated' });
  });

  it('narrows a log that was rewritten and signed anew down to what follows the last older head that fits', async () => {
    const honest = await logOf(bytes.slice(0, 300), bytes.slice(300, 500), bytes.slice(500));
    const forged = [...bytes.slice(0, 400), leafOf(9_000).bytes, ...bytes.slice(401)];
    const { source } = await logOf(forged);
    const report = await asked(source, { earlier: honest.heads });
    const wrong = { outcome: 'fails', code: 'earlier-mismatch', firstBadIndex: 300 };
    expect(claimOf(report, 'earlier-heads')).toMatchObject(wrong);
  });

  it('finds a promised record that is missing', async () => {
    const missing = leafOf(9_999);
    const { source } = await logOf(bytes);
    const receipts = [{ promise: promiseOf(missing.id, missing.bytes) }];
    const report = await asked(source, { receipts, promiseKey: promiseKey.publicKey });
    expect(claimOf(report, 'receipts')).toMatchObject({ outcome: 'fails', firstBadRecord: missing.id });
    expect(report.isSound).toBe(false);
  });

  it('names the first leaf that is none, though tree and head fit', async () => {
    const wrong = [...bytes.slice(0, 5), new TextEncoder().encode('{"v":1}'), ...bytes.slice(5, 20)];
    const { source } = await logOf(wrong);
    const report = await asked(source);
    expect(claimOf(report, 'tree')?.outcome).toBe('holds');
    expect(claimOf(report, 'leaves')).toMatchObject({ outcome: 'fails', firstBadIndex: 5 });
  });

  it('names the first record whose time goes back by more than the work in flight', async () => {
    const back = leafOf(0, NOW_MS - 3_600_000);
    const { source } = await logOf([...bytes.slice(0, 3), back.bytes]);
    expect(claimOf(await asked(source), 'order')).toMatchObject({ outcome: 'fails', firstBadIndex: 3 });
  });

  it.each([
    ['another key', { logKeys: [verifierKey({ name: ORIGIN, type: keyTypes.log, publicKey: promiseKey.publicKey })] }],
    ['another origin', { origin: 'rogatory.test/audit/log/2027h1' }],
  ])('refuses a head under %s', async (_, other) => {
    const { source } = await logOf(bytes.slice(0, 10));
    const report = await asked(source, other);
    expect(claimOf(report, 'checkpoint')?.outcome).toBe('fails');
    expect(report.isSound).toBe(false);
  });

  it('says so when there is no head', async () => {
    const report = await asked({ readCheckpoint: async () => undefined, readTile: async () => undefined });
    expect(report.isSound).toBe(false);
    expect(claimOf(report, 'checkpoint')).toMatchObject({ outcome: 'fails', code: 'checkpoint-missing' });
  });
});
