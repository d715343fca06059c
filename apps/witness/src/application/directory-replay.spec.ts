import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { limits, UnavailableError } from '@rogatory/kernel';
import { makePerson, makeRevocation } from '@rogatory/pki';
import { FederationWorld } from '@rogatory/pki/testing';
import { silentLog } from '@rogatory/platform-telemetry';
import {
  caseRoles,
  postKinds,
  revocationActions,
  revocationReasons,
  revocationTargets,
  roleMask,
} from '@rogatory/protocol';
import {
  encodeEntryBundle,
  leafHash,
  openCheckpoint,
  parseTlogProof,
  type SignedCheckpoint,
  tilePath,
  verifyInclusion,
} from '@rogatory/tlog';
import fc from 'fast-check';
import { FolderDirectoryCopy } from '../storage/folder-directory-copy.js';
import { FolderEvidence } from '../storage/folder-evidence.js';
import { originHash } from '../storage/folder-heads.js';
import { GrowingLog } from '../testing/growing-log.js';
import type { DirectoryCopy } from './directory-copy.js';
import { DirectoryReplay } from './directory-replay.js';
import type { BundleSource } from './directory-source.js';

const ORIGIN = 'log.example/directory';
const isLong = process.env['ROGATORY_LONG'] === '1';
const scratch = mkdtempSync(join(tmpdir(), 'rogatory-replay-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const world = new FederationWorld(7);
const body = world.oversightBody();
const office = world.authority(body);
const person = world.person(office);
const device = world.device(person);
const honest = [...world.entries];

/** What nobody may put into the directory, each well-formed. */
const broken: Readonly<Record<string, { readonly entry: Uint8Array; readonly code: string }>> = {
  'a certificate above its role ceiling': { entry: overCeiling(), code: 'directory/role-ceiling' },
  'a revocation that nobody signed': { entry: revocationBy(0), code: 'directory/threshold' },
  'an entry from before': { entry: honest[1] as Uint8Array, code: 'directory/serial' },
  'bytes of no kind': { entry: Uint8Array.of(1, 2, 3), code: 'codec/magic' },
  'an entry as long as a log takes them': { entry: new Uint8Array(65_535), code: 'codec/too-long' },
};

function overCeiling(): Uint8Array {
  const certificate = world.view.person(person.id)?.certificate;
  if (certificate === undefined) throw new Error('the person is there');
  const changed = { serial: 2, postKind: postKinds.registrar, roleCeiling: roleMask(caseRoles.lead) };
  return makePerson({ ...certificate, ...changed }, office.registrars.slice(0, 2));
}

function revocationBy(registrars: number): Uint8Array {
  const target = { target: revocationTargets.device, targetId: device.id };
  const about = { ...target, authorityId: office.id, serial: 1, action: revocationActions.revoke };
  const signers = { registrars: office.registrars.slice(0, registrars) };
  return makeRevocation({ ...about, reason: revocationReasons.lost, time: world.time }, signers);
}

let folder = '';
let nowMs = 0;
const clock = { monotonicMs: () => nowMs };
let count = 0;
let fetched: string[] = [];
beforeEach(() => {
  count += 1;
  folder = join(scratch, String(count));
  fetched = [];
});

async function logOf(entries: readonly Uint8Array[]): Promise<GrowingLog> {
  const log = new GrowingLog(ORIGIN);
  await log.add(entries);
  return log;
}

const sourceOf = (log: GrowingLog): BundleSource => ({
  bundle: async (index, width) => {
    const path = tilePath({ kind: 'entries', index, width });
    fetched.push(path);
    const bytes = log.file(path);
    if (bytes === undefined) throw new UnavailableError('witness/entries', 'the entries cannot be read');
    return bytes.slice();
  },
});

/** The replay as it comes back after a restart. */
function open(source: BundleSource, change: (copy: DirectoryCopy) => DirectoryCopy = (copy) => copy): DirectoryReplay {
  const copy = change(new FolderDirectoryCopy(join(folder, 'directory')));
  const evidence = new FolderEvidence(join(folder, 'evidence'));
  return new DirectoryReplay({ federationHash: world.pinnedRootHash, source, copy, evidence, log: silentLog, clock });
}

const headOf = (log: GrowingLog, size = log.size): SignedCheckpoint =>
  openCheckpoint(log.head(size), { origin: ORIGIN, logKeys: [log.signer.key] });
const evidence = (suffix: string): Uint8Array[] => {
  const place = join(folder, 'evidence', originHash(ORIGIN));
  const names = readdirSync(place).filter((name) => name.endsWith(suffix));
  return names.map((name) => new Uint8Array(readFileSync(join(place, name))));
};

describe('the replay of a directory', () => {
  it('holds what keeps the rules, and fetches only what is new, also after a restart', async () => {
    const log = await logOf(honest);
    const first = open(sourceOf(log));
    expect(await first.advance(headOf(log, 3))).toBe('held');
    expect(await first.advance(headOf(log))).toBe('held');
    expect(fetched).toEqual(['tile/entries/000.p/3', `tile/entries/000.p/${honest.length}`]);
    const again = open(sourceOf(log));
    expect(await again.advance(headOf(log))).toBe('held');
    // A head that it came through on its way.
    expect(await again.advance(headOf(log, 4))).toBe('held');
    expect(fetched).toHaveLength(2);
    await log.add([revocationBy(1)]);
    expect(await open(sourceOf(log)).advance(headOf(log))).toBe('held');
    expect(fetched).toHaveLength(3);
  });

  it.each(Object.entries(broken))('refuses %s that the log signed, and keeps the proof', async (_, { entry, code }) => {
    const log = await logOf([...honest, entry, revocationBy(1)]);
    const lines: unknown[] = [];
    const told = { ...silentLog, error: (event: string, fields: object = {}) => lines.push({ event, ...fields }) };
    const copy = new FolderDirectoryCopy(join(folder, 'directory'));
    const parts = { source: sourceOf(log), copy, evidence: new FolderEvidence(join(folder, 'evidence')) };
    const replay = new DirectoryReplay({ ...parts, federationHash: world.pinnedRootHash, log: told, clock });
    expect(await replay.advance(headOf(log, honest.length))).toBe('held');
    expect(await replay.advance(headOf(log))).toBe('broken');
    expect(await replay.advance(headOf(log))).toBe('broken');
    const place = { origin: ORIGIN, size: log.size, index: honest.length };
    expect(lines).toEqual([{ event: 'witness/directory-broken', ...place, code }]);
    expect(evidence('.entry')).toEqual([entry]);
    const [bytes = new Uint8Array(0)] = evidence('.tlog-proof');
    const proof = parseTlogProof(bytes);
    const head = openCheckpoint(proof.checkpoint, { origin: ORIGIN, logKeys: [log.signer.key] });
    const { index, hashes } = proof;
    verifyInclusion({ index, size: head.size, leaf: leafHash(entry), root: head.root, proof: hashes });
    expect(index).toBe(honest.length);
    // What was held stays held, and the log may go on from there.
    const honestly = await logOf([...honest, revocationBy(1)]);
    expect(await open(sourceOf(honestly)).advance(headOf(honestly))).toBe('held');
  });

  it('replays one head a minute over a broken entry, however many the log signs, and none a second time', async () => {
    const log = await logOf([...honest, revocationBy(0), revocationBy(1), revocationBy(1)]);
    const replay = open(sourceOf(log));
    const heads = [0, 1, 2].map((more) => headOf(log, honest.length + 1 + more)) as [
      SignedCheckpoint,
      SignedCheckpoint,
      SignedCheckpoint,
    ];
    const fetchedFor = async (head: SignedCheckpoint, verdict: string): Promise<number> => {
      fetched = [];
      expect(await replay.advance(head)).toBe(verdict);
      return fetched.length;
    };
    expect(await fetchedFor(heads[0], 'broken')).toBe(1);
    expect(await fetchedFor(heads[1], 'unread')).toBe(0);
    nowMs += limits.witnessBreachRestMs;
    expect(await fetchedFor(heads[1], 'broken')).toBe(1);
    // Both are known now, in whatever order they come.
    for (const head of [heads[0], heads[1], heads[0]]) expect(await fetchedFor(head, 'broken')).toBe(0);
    expect(await fetchedFor(heads[2], 'unread')).toBe(0);
    // One entry, one proof.
    expect(evidence('.entry')).toHaveLength(1);
    // What was replayed before is vouched for meanwhile.
    nowMs += limits.witnessBreachRestMs;
    expect(await fetchedFor(headOf(log, honest.length), 'held')).toBe(1);
  });

  it('refuses a directory of another federation', async () => {
    const log = await logOf(new FederationWorld(8).entries);
    expect(await open(sourceOf(log)).advance(headOf(log))).toBe('broken');
  });

  it('accuses nobody for bytes that do not hash to the head, and holds nothing', async () => {
    const log = await logOf(honest);
    const [entry, ...rest] = honest;
    const bundles = {
      shorter: encodeEntryBundle(honest.slice(1)),
      other: encodeEntryBundle([entry as Uint8Array, ...rest.slice(0, -1), revocationBy(1)]),
      spoiled: encodeEntryBundle([...honest.slice(0, -1), Uint8Array.of(0)]),
      none: new Uint8Array(0),
    };
    for (const bytes of Object.values(bundles)) {
      const replay = open({ bundle: async () => bytes });
      const verdict = await replay.advance(headOf(log)).catch((error: unknown) => error);
      if (verdict !== 'unread') expect(verdict).toMatchObject({ code: 'witness/entries' });
      // The same one, once the true bytes come.
      expect(await open(sourceOf(log)).advance(headOf(log, 1))).toBe('held');
      rmSync(folder, { recursive: true, force: true });
    }
    expect(() => evidence('.entry')).toThrow('ENOENT');
  });

  it('tells two histories that the log signed, and keeps both heads', async () => {
    const log = await logOf(honest);
    const replay = open(sourceOf(log));
    expect(await replay.advance(headOf(log))).toBe('held');
    const other = await logOf([...honest.slice(0, -1), revocationBy(1)]);
    expect(await replay.advance(headOf(other))).toBe('broken');
    expect(evidence('.held')).toEqual([log.head(log.size)]);
    expect(evidence('.refused')).toEqual([other.head(other.size)]);
  });
});

describe('any changed byte of an entry', () => {
  const runs = { seed: 20261123, numRuns: isLong ? 3_000 : 60 };
  const place = fc.record({ index: fc.nat(honest.length - 1), at: fc.nat(), bit: fc.nat(7) });
  const changed = ({ index, at, bit }: { index: number; at: number; bit: number }): Uint8Array[] => {
    const entries = honest.map((entry) => entry.slice());
    const entry = entries[index] as Uint8Array;
    entry[at % entry.length] = (entry[at % entry.length] as number) ^ (1 << bit);
    return entries;
  };

  it('is refused where the log signed it, or lets none of the entries behind it in', async () => {
    await fc.assert(
      fc.asyncProperty(place, async (where) => {
        folder = join(scratch, `p${count++}`);
        const log = await logOf(changed(where));
        expect(await open(sourceOf(log)).advance(headOf(log))).toBe('broken');
      }),
      runs,
    );
  });

  it('is not vouched for where the log did not sign it', async () => {
    const log = await logOf(honest);
    const head = headOf(log);
    await fc.assert(
      fc.asyncProperty(place, async (where) => {
        folder = join(scratch, `p${count++}`);
        const bytes = encodeEntryBundle(changed(where));
        expect(await open({ bundle: async () => bytes }).advance(head)).toBe('unread');
      }),
      runs,
    );
  });
});

describe('the copy of a directory', () => {
  it('is fetched anew when any of its files is damaged', async () => {
    const log = await logOf(honest);
    const grown = await logOf([...honest, revocationBy(1)]);
    for (const name of ['head', '0.bundle']) {
      for (const part of [0, 0.3, 0.6, 0.99]) {
        folder = join(scratch, `d${count++}`);
        expect(await open(sourceOf(log)).advance(headOf(log))).toBe('held');
        const path = join(folder, 'directory', name);
        const bytes = readFileSync(path);
        const at = Math.floor(part * bytes.length);
        bytes[at] = (bytes[at] as number) ^ 1;
        writeFileSync(path, bytes);
        expect(await open(sourceOf(grown)).advance(headOf(grown))).toBe('held');
        // A whole one again: nothing is fetched for a head that it holds.
        fetched = [];
        expect(await open(sourceOf(grown)).advance(headOf(grown))).toBe('held');
        expect(fetched).toEqual([]);
      }
    }
  });

  it.each(['before', 'after'] as const)('is whole or as it was when a store is cut off %s it', async (when) => {
    const log = await logOf([...honest, revocationBy(1)]);
    const cut = new Error('cut off');
    for (let cutAt = 0; cutAt < 4; cutAt++) {
      folder = join(scratch, `k${count++}`);
      let stores = 0;
      const dying = (copy: DirectoryCopy): DirectoryCopy => {
        const store = async (save: () => Promise<void>): Promise<void> => {
          const isCut = stores++ === cutAt;
          if (isCut && when === 'before') throw cut;
          await save();
          if (isCut) throw cut;
        };
        return {
          head: () => copy.head(),
          bundle: (index) => copy.bundle(index),
          saveHead: (head) => store(() => copy.saveHead(head)),
          saveBundle: (index, entries) => store(() => copy.saveBundle(index, entries)),
        };
      };
      const before = open(sourceOf(log), dying);
      const verdicts: unknown[] = [];
      for (const size of [3, log.size]) {
        const verdict = await before.advance(headOf(log, size)).catch((error: unknown) => error);
        verdicts.push(verdict);
        if (verdict === cut) break;
      }
      expect(verdicts.at(-1)).toBe(cut);
      const after = open(sourceOf(log));
      for (const size of [2, 3, log.size]) expect(await after.advance(headOf(log, size))).toBe('held');
    }
  });

  it('spans bundles', async () => {
    const many = new FederationWorld(9);
    const staff = many.authority(many.oversightBody());
    for (let persons = 0; persons < 300; persons++) many.person(staff);
    const log = await logOf(many.entries);
    const federationHash = many.pinnedRootHash;
    const parts = { federationHash, source: sourceOf(log), log: silentLog, clock };
    const opened = () =>
      new DirectoryReplay({
        ...parts,
        copy: new FolderDirectoryCopy(join(folder, 'directory')),
        evidence: new FolderEvidence(join(folder, 'evidence')),
      });
    for (const size of [255, 256, 257, log.size]) expect(await opened().advance(headOf(log, size))).toBe('held');
    expect(fetched).toEqual(['000.p/255', '000', '001.p/1', '001.p/47'].map((name) => `tile/entries/${name}`));
  });
});
