/**
 * E14: a flipped bit in anything stored is found when it is read, and never shown as something else.
 * Bits are flipped in the files of the blob store, in the rows of links and items, in the files of the audit log and in
 * receipts, in the state that a client keeps, and in its key store file. About 250 flips by name, 10,000 with `--long`.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Client, createKeyStore, unlockKeyStore } from '@rogatory/client';
import { derivePassphraseKey } from '@rogatory/crypto/passphrase';
import { openKeyStore } from '@rogatory/e2ee';
import { limits, systemRandom, toHex } from '@rogatory/kernel';
import { decodeKeyStoreFile } from '@rogatory/protocol';
import { onEachEngine, onEmbedded } from '../world/engines.js';
import { drawFlips, type Flipped, flipped, found, summaryOf } from './e14/flips.js';
import { LogFiles } from './e14/log-files.js';
import { flipRows } from './e14/rows.js';
import { Stage } from './e14/stage.js';
import { isLong, report } from './report.js';
import { Seeded } from './seeded.js';

const seed = 20_261_125;
const counts = isLong
  ? { blobs: 4_800, rounds: 20, log: 3_500, store: 1_200, keys: 500 }
  : { blobs: 80, rounds: 1, log: 60, store: 60, keys: 30 };
const longMs = isLong ? 1_800_000 : 90_000;
const HEADER_BYTES = 48;

/** Puts a run into the report. @returns the flips that were not found, or led to something else. */
function missedIn(name: string, done: readonly Flipped[]): readonly unknown[] {
  const { detected, unchanged, wrong, codes } = summaryOf(done);
  report(`flipped bits in ${name}, seed ${seed}`, {
    flips: done.length,
    'found when read': `${detected}: ${codes}`,
    'shown otherwise, or an error of no type': wrong.length,
    'not found': unchanged.length,
  });
  return [...wrong, ...unchanged];
}

onEachEngine('E14, F09: flipped bits in rows', (database) => {
  const draw = new Seeded(seed);
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.start(await database(), 6, draw);
  }, 180_000);
  afterAll(() => stage.stop());

  it(
    'of links and items: nothing of the case is shown, every flip is found',
    async () => {
      const honest: string[] = [];
      for (const n of stage.cases.keys()) honest.push(await stage.readCase(n));
      const done: Flipped[] = [];
      for (let round = 0; round < counts.rounds; round++) {
        const { flips, undo } = await flipRows(stage, draw);
        for (const [n, flip] of flips.entries()) {
          done.push({ flip, found: await found(honest[n] ?? '', () => stage.readCase(n)) });
        }
        await undo();
      }
      for (const n of stage.cases.keys()) expect(await stage.readCase(n)).toBe(honest[n]);
      expect(missedIn(`rows of links and items, ${stage.world.configuration.database.kind}`, done)).toEqual([]);
    },
    longMs,
  );
});

describe('E14, F09: flipped bits in files', () => {
  const draw = new Seeded(seed + 1);
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.start(await onEmbedded(), 1, draw);
  }, 120_000);
  afterAll(() => stage.stop());

  it(
    'of the blob store: no file is finished, every flip is found',
    async () => {
      const sizes = await sizesIn(join(stage.world.folder, 'blobs', 'objects'));
      const read = await stage.fetching();
      const honest = await read();
      const done = await flipFiles(drawFlips(sizes, counts.blobs, draw), () => found(honest, read));
      expect(await read()).toBe(honest);
      expect(missedIn('sealed files', done)).toEqual([]);
    },
    longMs,
  );

  it(
    'of the audit log and in receipts: the verifier without a server finds every flip',
    async () => {
      const auditor: Client = await stage.world.client('auditor-xa');
      const log = await LogFiles.take(auditor, await stage.judge());
      const honest = await log.read();
      const sizes = new Map([...log.files].map(([place, bytes]) => [place, bytes.length]));
      const done: Flipped[] = [];
      for (const flip of drawFlips(sizes, counts.log, draw)) {
        const bytes = flipped(log.files.get(flip.place) as Uint8Array, flip);
        done.push({ flip, found: await found(honest, () => log.read(flip.place, bytes)) });
      }
      expect(missedIn('files of the audit log and receipts', done)).toEqual([]);
    },
    longMs,
  );

  it(
    'of a client’s state: it refuses to work with any that was flipped',
    async () => {
      await stage.interrupt();
      await stage.readRange();
      const readers: Readonly<Record<string, () => Promise<string>>> = {
        state: async () =>
          toHex(stage.world.keysOf('judge-xb').signing.publicKey) + (await stage.judge()).concerns.length,
        session: async () => (await (await stage.judge()).whoAmI()).deviceId,
        directory: async () => String((await (await stage.judge()).directory.sync()).size),
        upload: async () =>
          JSON.stringify(
            (await (await stage.judge()).documents.interrupted()).map(({ plan, parts }) => [
              plan.uploadId,
              parts.map(toHex),
            ]),
          ),
        leaves: () => stage.readRange(),
      };
      const sizes = [...(await sizesIn(stage.folder))].filter(([file]) => /\.(sealed|records)$/.test(file));
      const honest = new Map<string, string>();
      const readerOf = (file: string) => {
        const name = Object.keys(readers).find((start) => file.startsWith(join(stage.folder, start)));
        const read = name === undefined ? undefined : readers[name];
        if (read === undefined) throw new Error(`nothing reads ${file}`);
        return read;
      };
      for (const [file] of sizes) honest.set(file, await readerOf(file)());
      const done = await flipFiles(drawFlips(new Map(sizes), counts.store, draw), ({ place }) =>
        found(honest.get(place) ?? '', readerOf(place)),
      );
      expect(missedIn('the state of a client', done)).toEqual([]);
    },
    longMs,
  );

  it(
    'of a key store: it never opens',
    async () => {
      const { content } = stage.world.keysOf('judge-xb');
      const passphrase = 'correct battery of the prosecution horse';
      const cost = { passes: limits.argon2FloorPasses, memoryBytes: limits.argon2FloorMemoryBytes };
      let file = new Uint8Array(0);
      const replace = async (bytes: Uint8Array): Promise<void> => {
        file = bytes.slice();
      };
      await createKeyStore(
        { content, passphrase, cost, random: systemRandom },
        { read: async () => undefined, replace },
      );
      const { salt } = decodeKeyStoreFile(file);
      // What lies behind the header does not reach the derivation: its key is the same, and derived once.
      const key = derivePassphraseKey({ passphrase, salt, cost });
      const open = async (bytes: Uint8Array, offset: number): Promise<string> => {
        if (offset >= HEADER_BYTES) return openKeyStore(bytes, key, 0).content.deviceId;
        return (await unlockKeyStore(bytes, passphrase)).deviceId;
      };
      expect(await open(file, HEADER_BYTES)).toBe(content.deviceId);
      expect(await open(file, 0)).toBe(content.deviceId);
      const head = drawFlips(new Map([['head', HEADER_BYTES]]), Math.ceil(counts.keys / 10), draw);
      const body = drawFlips(new Map([['file', file.length]]), counts.keys, draw).filter(
        ({ offset }) => offset >= HEADER_BYTES,
      );
      const done: Flipped[] = [];
      for (const flip of [...head, ...body]) {
        done.push({ flip, found: await found(content.deviceId, () => open(flipped(file, flip), flip.offset)) });
      }
      expect(missedIn('a key store file', done)).toEqual([]);
    },
    longMs,
  );
});

async function sizesIn(folder: string): Promise<ReadonlyMap<string, number>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(await Promise.all(files.sort().map(async (file) => [file, (await readFile(file)).length] as const)));
}

/** Flips bits of files one after the other; what was written anew meanwhile stays. */
async function flipFiles(
  flips: readonly Flipped['flip'][],
  look: (flip: Flipped['flip']) => Promise<Flipped['found']>,
): Promise<Flipped[]> {
  const done: Flipped[] = [];
  for (const flip of flips) {
    const before = await readFile(flip.place);
    if (flip.offset >= before.length) continue;
    const wrong = flipped(before, flip);
    await writeFile(flip.place, wrong);
    done.push({ flip, found: await look(flip) });
    if (Buffer.compare(await readFile(flip.place), wrong) === 0) await writeFile(flip.place, before);
  }
  return done;
}
