import { describe, expect, it } from '@jest/globals';
import { type ActId, toHex } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import {
  encodeAuditLeaf,
  encodeReceiptPromise,
  encodeSignedReceiptPromise,
  signaturePurposes,
} from '@rogatory/protocol';
import {
  addCosignatures,
  cosignCheckpoint,
  encodeNote,
  encodeTlogProof,
  Frontier,
  type HashReader,
  inclusionProof,
  keyTypes,
  leafHash,
  openCheckpoint,
  parseNote,
  signCheckpoint,
  TreeTail,
  verifierKey,
} from '@rogatory/tlog';
import { seededRandom } from '@rogatory/pki/testing';
import type { AuditClaim } from './claims.js';
import { type AuditVerification, verifyAuditLog } from './verify-audit-log.js';

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

/** Hashes of subtrees, straight from the leaves. */
function readerOf(entries: readonly Uint8Array[]): HashReader {
  const rootOf = (part: readonly Uint8Array[]): Uint8Array => {
    const frontier = new Frontier();
    for (const entry of part) frontier.append(leafHash(entry));
    return frontier.root();
  };
  return {
    readHashes: async (nodes) =>
      nodes.map(({ level, index }) => rootOf(entries.slice(index * 2 ** level, (index + 1) * 2 ** level))),
  };
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
      'witnesses not-checked',
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

  it('demands a quorum where a policy names one, of its own witnesses, in time, and of this very head', async () => {
    const { source, heads } = await logOf(bytes);
    const witnesses = ['fr', 'de', 'nl', 'xx'].map((name) => {
      const own = SigningKey.generate(random);
      const named = { name: `witness.test/${name}`, type: keyTypes.cosignature, publicKey: own.publicKey };
      return { name, key: verifierKey(named), url: undefined, own };
    });
    const groups = [{ name: 'states', threshold: 2, members: ['fr', 'de', 'nl'] }];
    const policy = { logs: [], witnesses: witnesses.slice(0, 3), groups, quorum: 'states' };
    const open = (note: Uint8Array) => openCheckpoint(note, { origin: ORIGIN, logKeys: [key] });
    const cosigned = async (names: readonly string[], timeMs = NOW_MS, note = heads[0] as Uint8Array) => {
      let witnessed = note;
      for (const { key: named, own } of witnesses.filter(({ name }) => names.includes(name))) {
        const by = { key: named, sign: (message: Uint8Array) => own.signRaw(message) };
        const line = await cosignCheckpoint(open(note), by, timeMs / 1000);
        witnessed = addCosignatures(open(witnessed), [line], [named]);
      }
      return { ...source, readCheckpoint: async () => witnessed };
    };
    const verdict = async (shown: typeof source, more: Partial<AuditVerification> = {}) =>
      claimOf(await asked(shown, { policy, ...more }), 'witnesses');
    expect(await verdict(await cosigned(['fr', 'nl']))).toMatchObject({ outcome: 'holds', count: 2 });
    expect(claimOf(await asked(source), 'witnesses')).toMatchObject({ outcome: 'not-checked', code: 'no-policy' });
    for (const few of [[], ['fr'], ['fr', 'xx']]) {
      expect(await verdict(await cosigned(few))).toMatchObject({ outcome: 'fails', code: 'no-quorum' });
    }
    const stale = await verdict(await cosigned(['fr', 'nl']), { witnessedSinceMs: NOW_MS + 1_000 });
    expect(stale).toMatchObject({ outcome: 'fails', code: 'witnessed-long-ago' });
    // From the future: a clock that runs ahead vouches for nothing yet.
    const ahead = await cosigned(['fr', 'nl'], NOW_MS + 7_200_000);
    expect(await verdict(ahead)).toMatchObject({ outcome: 'fails', code: 'no-quorum' });
    // The cosignatures of another head do not hold here, and spoil the checkpoint.
    const other = await logOf(bytes.slice(0, 300));
    const moved = parseNote((await (await cosigned(['fr', 'nl'])).readCheckpoint()) ?? new Uint8Array(0));
    const own = parseNote(other.heads[0] as Uint8Array);
    const mixed = encodeNote({ text: own.text, signatures: [...own.signatures, ...moved.signatures.slice(1)] });
    const report = await asked({ ...other.source, readCheckpoint: async () => mixed }, { policy });
    expect(report.isSound).toBe(false);
    expect(claimOf(report, 'checkpoint')).toMatchObject({ outcome: 'fails', code: 'tlog/signature' });
    expect(claimOf(report, 'witnesses')).toMatchObject({ outcome: 'not-checked' });
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

  it('compares a kept leaf and its proof with the log itself: an honest one holds, a rewritten one does not', async () => {
    const honest = await logOf(bytes.slice(0, 300), bytes.slice(300));
    const { bytes: leaf } = leaves[20] as (typeof leaves)[number];
    const reader = readerOf(bytes);
    const proofOf = async (index: number) =>
      encodeTlogProof({
        index,
        hashes: await inclusionProof(index, 300, reader),
        checkpoint: honest.heads[0] as Uint8Array,
        extra: undefined,
      });
    const receipts = [{ leaf, proof: await proofOf(20) }];
    const good = await asked(honest.source, { receipts });
    expect(claimOf(good, 'receipts')).toMatchObject({ outcome: 'holds', count: 1, notChecked: 0, notDue: 0 });
    expect(claimOf(good, 'earlier-heads')).toMatchObject({ outcome: 'holds', count: 1 });
    const rewritten = await logOf([...bytes.slice(0, 20), leafOf(8_000).bytes, ...bytes.slice(21)]);
    const bad = await asked(rewritten.source, { receipts });
    expect(bad.isSound).toBe(false);
    const code = 'proven-record-differs';
    expect(claimOf(bad, 'receipts')).toMatchObject({ outcome: 'fails', firstBadIndex: 20, code });
    expect(claimOf(bad, 'earlier-heads')).toMatchObject({ outcome: 'fails', code: 'earlier-mismatch' });
    // The same leaf where it was, another one elsewhere: the head of the proof shows it.
    const later = await logOf([...bytes.slice(0, 200), leafOf(8_001).bytes, ...bytes.slice(201)]);
    expect((await asked(later.source, { receipts })).isSound).toBe(false);
    const short = await logOf(bytes.slice(0, 100));
    expect(claimOf(await asked(short.source, { receipts }), 'earlier-heads')).toMatchObject({ code: 'truncated' });
  });

  it('leaves a proof from the log of another half-year to the check of that log', async () => {
    const { source } = await logOf(bytes.slice(0, 30));
    const { bytes: leaf } = leaves[3] as (typeof leaves)[number];
    const other = 'rogatory.test/audit/log/2026h1';
    const theirKey = verifierKey({ name: other, type: keyTypes.log, publicKey: logKey.publicKey });
    const tail = TreeTail.empty.extend(bytes.slice(0, 9)).tail;
    const head = { origin: other, size: 9, root: tail.root() };
    const checkpoint = await signCheckpoint(head, [{ key: theirKey, sign: signer.sign }]);
    const hashes = await inclusionProof(3, 9, readerOf(bytes.slice(0, 9)));
    const receipts = [{ leaf, proof: encodeTlogProof({ index: 3, hashes, checkpoint, extra: undefined }) }];
    const report = await asked(source, { receipts });
    expect(report.isSound).toBe(true);
    expect(claimOf(report, 'receipts')).toMatchObject({ outcome: 'not-checked', notChecked: 1, count: 0 });
    expect(claimOf(report, 'earlier-heads')).toMatchObject({ outcome: 'not-checked' });
  });

  it('counts apart what could not be compared, and calls nothing checked that was not', async () => {
    const { source } = await logOf(bytes.slice(0, 30));
    const { id, bytes: leaf } = leaves[3] as (typeof leaves)[number];
    const useless = [{ leaf }, { promise: new Uint8Array([1, 2, 3]) }];
    const none = claimOf(await asked(source, { receipts: useless }), 'receipts');
    expect(none).toMatchObject({ outcome: 'not-checked', count: 0, notChecked: 2, code: 'nothing-to-compare' });
    const early = { receipts: [{ promise: promiseOf(id, leaf) }], promiseKey: promiseKey.publicKey };
    const notDue = await asked(source, { ...early, nowMs: NOW_MS - 1 });
    expect(claimOf(notDue, 'receipts')).toMatchObject({ outcome: 'not-checked', count: 0, notDue: 1, code: 'not-due' });
    const both = await asked(source, { ...early, receipts: [...early.receipts, { leaf }] });
    expect(claimOf(both, 'receipts')).toMatchObject({ outcome: 'holds', count: 1, notChecked: 1, notDue: 0 });
  });

  it('names the first leaf that is none, though tree and head fit', async () => {
    const wrong = [...bytes.slice(0, 5), new TextEncoder().encode('{"v": 1}'), ...bytes.slice(5, 20)];
    const { source } = await logOf(wrong);
    const report = await asked(source);
    expect(claimOf(report, 'tree')?.outcome).toBe('holds');
    expect(claimOf(report, 'leaves')).toMatchObject({ outcome: 'fails', firstBadIndex: 5 });
  });

  it('passes over no event that it does not know', async () => {
    const unknown = new TextDecoder().decode(bytes[5]).replace('system.job', 'system.nap');
    const { source } = await logOf([...bytes.slice(0, 5), new TextEncoder().encode(unknown), ...bytes.slice(6, 20)]);
    const report = await asked(source);
    expect(report.isSound).toBe(false);
    const facts = { outcome: 'unsupported', firstBadIndex: 5, code: 'codec/unsupported' };
    expect(claimOf(report, 'leaves')).toMatchObject(facts);
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
