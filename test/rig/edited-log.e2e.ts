import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { noteSigner } from '@rogatory/audit';
import { type LogSource, operations } from '@rogatory/client';
import { SigningKey } from '@rogatory/crypto/sign';
import { parseActId, Secret, systemClock, systemRandom, toHex, utf8 } from '@rogatory/kernel';
import { seededRandom } from '@rogatory/pki/testing';
import { actSubjects, decodeAuditLeaf, decodeSignedReceiptPromise } from '@rogatory/protocol';
import { signCheckpoint, tilePath, tileWidth, TreeTail } from '@rogatory/tlog';
import { onQuickest } from '../world/engines.js';
import { asAdministrator } from '../world/rows.js';
import { AuditView } from './audit-view.js';
import { type Draw, flip, LogCopy } from './log-copy.js';
import { at, Rig } from './rig.js';

const CASES = process.env['ROGATORY_LONG'] === '1' ? 1_000 : 150;
const RECORDS = 300;
const HEADS = 6;

let rig: Rig;
let view: AuditView;
let honest: LogCopy;
let leaves: readonly Uint8Array[];
/** Checkpoints that somebody kept, the oldest first. */
const kept: Uint8Array[] = [];
/** The server's promise for an act of the lead's. */
let promise: Uint8Array;

beforeAll(async () => {
  rig = await Rig.start(await onQuickest());
  view = await AuditView.of(await rig.client('auditor-xa'));
  rig.proxy.lie('Cases', (answer) => {
    promise = Buffer.from(String(at(answer, 'extensions', 'receipt')['promise']), 'base64');
    return answer;
  });
  for (let i = 1; i <= RECORDS; i++) {
    await rig.lead.cases.list();
    if (i % (RECORDS / HEADS) === 0) kept.push(await signed());
    if (i === RECORDS / 2) rig.proxy.honest();
  }
  honest = await view.copy();
  leaves = honest.leaves();
}, 120_000);
afterAll(() => rig.stop());

/** The newest checkpoint, once it covers everything so far. */
async function signed(): Promise<Uint8Array> {
  const call = { variables: {}, subject: actSubjects.listCases() };
  const { recordId } = await rig.lead.gateway.tell(operations.casesOperation, call, () => undefined);
  if (recordId === undefined) throw new Error('the list of cases has no record');
  await rig.world.server.features.audit.gate.released(parseActId(recordId), 'signed');
  const checkpoint = await view.served.readCheckpoint();
  if (checkpoint === undefined) throw new Error('no checkpoint');
  return checkpoint;
}

function drawing(seed: number): Draw {
  const random = seededRandom(seed);
  return (below) => new DataView(random(4).buffer).getUint32(0) % below;
}

/** The log's own key, as whoever runs the server has it. */
async function operatorsKey() {
  const seed = await readFile(
    join(rig.world.configuration.audit.signerFolder, `${toHex(utf8(view.trust.origin))}.seed`),
  );
  return noteSigner(view.trust.origin, SigningKey.fromSeed(new Secret(new Uint8Array(seed))));
}

/** These leaves as a log of their own, with a head under some key. */
async function forged(written: readonly Uint8Array[], signer: ReturnType<typeof noteSigner>): Promise<LogCopy> {
  const tail = TreeTail.empty.extend(written).tail;
  const head = { origin: view.trust.origin, size: tail.size, root: tail.root() };
  return LogCopy.rewritten(await signCheckpoint(head, [signer]), written);
}

it('D01: the log that was served is sound, with all heads and the promise that were kept', async () => {
  const report = await view.verified(honest, { earlier: kept, receipts: [{ promise }] });
  expect(report.claims.map(({ claim, outcome }) => `${claim} ${outcome}`)).toEqual([
    'checkpoint holds',
    // This server was told of none.
    'witnesses not-checked',
    ...['tree', 'earlier-heads', 'leaves', 'order', 'receipts'].map((claim) => `${claim} holds`),
  ]);
  expect(report.size).toBeGreaterThan(RECORDS);
});

/** The leaf with one of its fields set to something else of its kind. */
function otherwise(leaf: Uint8Array, draw: Draw): Uint8Array {
  const fields = JSON.parse(new TextDecoder().decode(leaf)) as Record<string, unknown>;
  const others: Readonly<Record<string, unknown>> = {
    ...{ v: 2, id: 'f'.repeat(32), t: Number(fields['t']) - 3_600_000, cls: 'erasure', ev: 'case.close' },
    ...{ out: 'denied', rc: 'access/refused', ms: 'ZZ', com: { what: 'A'.repeat(43) } },
  };
  // Every field that a leaf has.
  expect(Object.keys(fields).toSorted()).toEqual(Object.keys(others).toSorted());
  const name = Object.keys(others)[draw(Object.keys(others).length)] ?? '';
  return utf8(JSON.stringify({ ...fields, [name]: others[name] }));
}

/** Edits of the files alone; each answers the first entry that is wrong then. */
const edits: Readonly<Record<string, (copy: LogCopy, draw: Draw) => number>> = {
  'T01: a record changed': (copy, draw) => {
    const i = draw(copy.size);
    copy.editBundle(i, (entries, place) =>
      entries.with(place, flip((entries[place] as Uint8Array).slice(), draw(8_192))),
    );
    return i;
  },
  'T03: a record taken away': (copy, draw) => {
    const i = draw(copy.size);
    copy.editBundle(i, (entries, place) => entries.toSpliced(place, 1));
    return i;
  },
  'T04: two records exchanged': (copy, draw) => {
    const [i, j] = [draw(copy.size), draw(copy.size - 1)];
    const other = j === i ? copy.size - 1 : j;
    const [a, b] = [leaves[i] as Uint8Array, leaves[other] as Uint8Array];
    copy.editBundle(i, (entries, place) => entries.with(place, b));
    copy.editBundle(other, (entries, place) => entries.with(place, a));
    return Math.min(i, other);
  },
  'T05: a record put in, and all that follow renumbered': (copy, draw) => {
    const i = draw(copy.size);
    copy.editBundle(i, (entries, place) => entries.toSpliced(place, 0, leaves[(i + 7) % leaves.length] as Uint8Array));
    return i;
  },
  'T03: the tail of a bundle cut off': (copy, draw) => {
    const { path, first, width } = copy.bundleOf(draw(copy.size));
    const left = draw(width);
    copy.editBundle(first, (entries) => entries.slice(0, left));
    const bytes = copy.files.get(path) as Uint8Array;
    copy.files.set(path, bytes.subarray(0, bytes.length - draw(2)));
    return left === 0 || bytes.length === (copy.files.get(path) as Uint8Array).length ? first + left : first + left - 1;
  },
  'T25: a bundle pruned before its time': (copy, draw) => {
    const { path, first } = copy.bundleOf(draw(copy.size));
    copy.files.delete(path);
    return first;
  },
  'T06: its time, outcome, state or anything else in it set otherwise': (copy, draw) => {
    const i = draw(copy.size);
    copy.editBundle(i, (entries, place) => entries.with(place, otherwise(entries[place] as Uint8Array, draw)));
    return i;
  },
  'T09: the stored hash of a record changed': (copy, draw) => {
    const i = draw(copy.size);
    copy.flipHash(i, draw(256));
    return i;
  },
};

it.each(Object.keys(edits))('D01, %s: the verifier names the very first wrong entry', async (name) => {
  const draw = drawing(name.length);
  for (let n = 0; n < CASES / Object.keys(edits).length; n++) {
    const copy = honest.copy();
    const wrong = edits[name]?.(copy, draw);
    expect(await view.failure(copy)).toMatchObject({ claim: 'tree', firstBadIndex: wrong });
  }
});

it('D01, T09: a bit of a tile above the lowest changed: the entries below it are named', async () => {
  const draw = drawing(31);
  const path = tilePath({ kind: 'hashes', level: 1, index: 0, width: tileWidth(honest.size, 1, 0) });
  for (let n = 0; n < CASES / 30; n++) {
    const copy = honest.copy();
    flip(copy.files.get(path) as Uint8Array, draw(256));
    // The first full tile does not hash to its parent.
    expect(await view.failure(copy)).toMatchObject({ claim: 'tree', firstBadIndex: 0 });
  }
});

it('D01, T12: a log rewritten as a whole fails by its head, whoever signs it, and by the heads that others kept', async () => {
  const draw = drawing(99);
  const operator = await operatorsKey();
  const stranger = noteSigner(view.trust.origin, SigningKey.generate(systemRandom));
  const sizes = [0, ...kept.map(view.sizeOf)];
  for (let n = 0; n < CASES / 15; n++) {
    const i = draw(view.sizeOf(kept.at(-1) as Uint8Array));
    const [filler, wrong] = [leaves[0] as Uint8Array, leaves[(i + 3) % leaves.length] as Uint8Array];
    const written = n % 2 === 0 ? [...leaves.toSpliced(i, 1), filler] : leaves.with(i, wrong);
    const known = Math.max(...sizes.filter((size) => size <= i));
    const unsigned = LogCopy.rewritten(honest.checkpoint, written);
    expect(await view.failure(unsigned)).toMatchObject({ claim: 'tree', code: 'root-mismatch', firstBadIndex: 0 });
    expect(await view.failure(await forged(written, stranger))).toMatchObject({ claim: 'checkpoint' });
    const resigned = await forged(written, operator);
    const expected = { claim: 'earlier-heads', code: 'earlier-mismatch', firstBadIndex: known };
    expect(await view.failure(resigned, { earlier: kept })).toMatchObject(expected);
  }
});

it('D01, T02, T11: a tail cut off under a head signed anew is found by an older head, and by a promise for a lost record', async () => {
  const operator = await operatorsKey();
  const { promise: promised } = decodeSignedReceiptPromise(promise);
  const place = leaves.findIndex((leaf) => decodeAuditLeaf(leaf).id === promised.recordId);
  expect(place).toBeGreaterThan(0);
  for (const size of [1, place, leaves.length - 1].filter(
    (length) => length < view.sizeOf(kept.at(-1) as Uint8Array),
  )) {
    const cut = await forged(leaves.slice(0, size), operator);
    expect(await view.failure(cut, { earlier: kept })).toMatchObject({ code: 'truncated', firstBadIndex: size });
  }
  const without = await forged(leaves.toSpliced(place, 1), operator);
  const missing = { claim: 'receipts', code: 'promised-record-missing', firstBadRecord: promised.recordId };
  expect(await view.failure(without, { receipts: [{ promise }] })).toMatchObject(missing);
});

/** Edits rows: beside the running server where the database lets the administrator in, else while it is stopped. */
async function edit(statements: readonly string[]): Promise<LogSource> {
  const { configuration } = rig.world;
  if (configuration.database.kind === 'embedded') {
    await rig.edit(statements);
    view = await AuditView.of(await rig.client('auditor-xa'));
    return view.served;
  }
  await asAdministrator(configuration, async (ask) => {
    await ask("SET session_replication_role = 'replica'");
    await ask('BEGIN');
    for (const statement of statements) await ask(statement);
    await ask('COMMIT');
  });
  return view.served;
}

/** Each with what sets it right again, and the first wrong entry. */
const rowEdits: readonly ((
  draw: Draw,
  size: number,
) => { readonly edit: string; readonly undo: string; at: number })[] = [
  (draw, size) => {
    const at = draw(size);
    const row = `audit_event SET leaf = set_byte(leaf, 60, get_byte(leaf, 60) # ${1 << draw(8)})`;
    const edit = `UPDATE ${row} WHERE seq = ${at}`;
    return { edit, undo: edit, at };
  },
  (draw, size) => {
    const at = draw(size);
    const lost = (from: number, to: number): string => `UPDATE audit_event SET seq = ${to} WHERE seq = ${from}`;
    return { edit: lost(at, 9_000_000), undo: lost(9_000_000, at), at };
  },
  (draw, size) => {
    const at = draw(size - 1);
    const edit = `UPDATE audit_event a SET leaf = b.leaf FROM audit_event b
      WHERE a.seq IN (${at}, ${at + 1}) AND b.seq = ${2 * at + 1} - a.seq AND a.shard = b.shard`;
    return { edit, undo: edit, at };
  },
];

it('D01, T01, T03, T04: rows that the administrator changed, took away or exchanged are named from what the server then serves', async () => {
  const draw = drawing(7);
  const size = view.sizeOf(kept.at(-1) as Uint8Array);
  const isQuick = rig.world.configuration.database.kind === 'postgres';
  for (let n = 0; n < (isQuick ? CASES / 15 : 2); n++) {
    const { edit: spoil, undo, at: wrong } = (rowEdits[n % rowEdits.length] as (typeof rowEdits)[number])(draw, size);
    expect(await view.failure(await edit([spoil]), { earlier: kept })).toMatchObject({
      claim: 'tree',
      firstBadIndex: wrong,
    });
    await edit([undo]);
  }
  expect(await view.verified(view.served, { earlier: kept })).toMatchObject({ isSound: true });
});

it('D01, T11: a tail that the administrator cut off, heads and all, is found by a head that somebody kept', async () => {
  const older = kept[2] as Uint8Array;
  const [size, { origin }] = [view.sizeOf(older), view.trust];
  const shard = origin.slice(origin.lastIndexOf('/') + 1);
  await signed(); // nothing is under way that would write a head behind our back
  const cut = await edit([
    `DELETE FROM audit_event WHERE shard = '${shard}' AND seq >= ${size}`,
    `DELETE FROM tlog_checkpoint WHERE origin = '${origin}' AND size >= ${size}`,
    `INSERT INTO tlog_checkpoint (origin, size, note, t, kept) VALUES
      ('${origin}', ${size}, decode('${toHex(older)}', 'hex'), ${systemClock.nowMs()}, true)`,
    `UPDATE tlog_head SET size = ${size}, root = decode('${toHex(view.open(older).root)}', 'hex') WHERE origin = '${origin}'`,
  ]);
  expect(await view.verified(cut)).toMatchObject({ isSound: true, size });
  const found = { claim: 'earlier-heads', code: 'truncated', firstBadIndex: size };
  expect(await view.failure(cut, { earlier: kept })).toMatchObject(found);
});
