/**
 * E24: no marker of a plaintext, name, passphrase, key or token is found outside of clients.
 * A whole case is worked through at a server in a process of its own, with every secret marked; then everything that the
 * server keeps and says is searched for each marker in every form in which it could be written: every table, every file of the
 * data folder, what it logs at the finest level, what it says on its output, addresses, and all traffic. Markers that must be
 * found in each place show that the place was really searched.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { idBytes } from '@rogatory/kernel';
import { ServerProcess } from '../fault/server-process.js';
import { onEachEngine } from '../world/engines.js';
import { asAdministrator, type Administrator } from '../world/rows.js';
import { World } from '../world/world.js';
import { Canaries, type Hit } from './canaries.js';
import { report } from './report.js';
import { Wire } from './e24/wire.js';
import { workThrough } from './e24/work.js';

onEachEngine('E24: searched for markers after a whole case', (database) => {
  const canaries = new Canaries('E24');
  /** What the server has to know, or has to have said: found where it is searched for. */
  const controls = new Canaries('E24 controls');
  const wire = new Wire();
  const places = new Map<string, { bytes: number; parts: number; hits: Hit[]; controls: ReadonlySet<string> }>();
  let world: World;
  let logs: string;

  const search = (place: string, parts: readonly (readonly [string, Uint8Array])[], kinds?: RegExp): void => {
    const hits = parts.flatMap(([where, bytes]) => canaries.search(`${place}: ${where}`, bytes));
    const found = new Set(parts.flatMap(([, bytes]) => controls.search(place, bytes).map(({ marker }) => marker)));
    const counted = parts.reduce((sum, [, bytes]) => sum + bytes.length, 0);
    const isMeant = ({ marker }: Hit): boolean => kinds === undefined || kinds.test(marker);
    places.set(place, { bytes: counted, parts: parts.length, hits: hits.filter(isMeant), controls: found });
  };

  beforeAll(async () => {
    world = await World.start(await database());
    logs = await mkdtemp(join(tmpdir(), 'rogatory-canaries-'));
    await world.restart(async () => {
      const logFile = join(logs, 'server.log');
      const server = await ServerProcess.start(world.configuration, { logFile, logLevel: 'debug' });
      try {
        const { caseId, ciphertext } = await workThrough(world, canaries, wire);
        controls.watch('case id', idBytes(caseId));
        controls.watch('ciphertext', ciphertext);
        controls.watch('ready line', Buffer.from('"event":"ready"'));
        controls.watch('log line', Buffer.from('server/start-failed'));
        // The log of a server that has nothing to complain of is empty: a second one that cannot start complains in it.
        await expect(ServerProcess.start(world.configuration, { logFile })).rejects.toThrow(/^\{"event":"failed"/);
      } finally {
        await server.stop();
      }
      search('standard output', [['lines', Buffer.from(server.said.join('\n'))]]);
      search('log at the finest level', [['server.log', await readFile(logFile)]]);
      search('addresses', [['asked', Buffer.from(wire.addresses.join('\n'))]]);
      search('traffic', wire.parts, /^(?!token)/);
      search('error answers', wire.errors);
      search('files of the data folder', await filesOf(world.folder));
      await asAdministrator(world.configuration, async (ask) => {
        search('rows of every table', await tablesOf(ask));
        await ask('CREATE TABLE planted (note text, bytes bytea)');
        const title = canaries.text('title');
        await ask('INSERT INTO planted VALUES ($1, $2)', [Buffer.from(title).toString('base64'), Buffer.from(title)]);
        search('rows with a marker planted', await tablesOf(ask));
        await ask('DROP TABLE planted');
      });
    });
  }, 180_000);
  afterAll(async () => {
    await rm(logs, { recursive: true, force: true });
    await world.stop();
  });

  const placeOf = (name: string) => {
    const place = places.get(name);
    if (place === undefined) throw new Error(`${name} was not searched`);
    return place;
  };

  it('everything that is secret was marked', () => {
    const kinds = [
      'title',
      'text',
      'file name',
      'file content',
      'reason',
      'passphrase',
      'token',
      'signing seed',
      'file key',
    ];
    for (const kind of [...kinds, 'kem seed', 'state key', 'prekey seed', 'epoch key']) {
      expect([kind, canaries.markers.some((marker) => marker.startsWith(kind))]).toEqual([kind, true]);
    }
  });

  it.each([
    'standard output',
    'log at the finest level',
    'addresses',
    'traffic',
    'error answers',
    'files of the data folder',
    'rows of every table',
  ])('no marker in: %s', (name) => {
    expect(placeOf(name).hits).toEqual([]);
  });

  it('each place was really searched: what must be there was found', () => {
    expect(placeOf('standard output').controls).toContain('ready line');
    expect(placeOf('log at the finest level').controls).toContain('log line');
    expect(placeOf('addresses').bytes).toBeGreaterThan(0);
    expect(placeOf('traffic').controls).toContain('ciphertext');
    expect(placeOf('error answers').parts).toBeGreaterThan(2);
    expect(placeOf('files of the data folder').controls).toContain('ciphertext');
    expect(placeOf('rows of every table').controls).toContain('case id');
  });

  it('a marker that does stand in a row is found, as it is and in base64', () => {
    const { hits } = placeOf('rows with a marker planted');
    expect(hits.map(({ marker }) => marker)).toEqual(expect.arrayContaining(['title']));
    expect(new Set(hits.map(({ encoding }) => encoding)).size).toBeGreaterThan(1);
  });

  it('reports', () => {
    const searched = [...places].filter(([name]) => name !== 'rows with a marker planted');
    const lines = searched.map(
      ([name, { bytes, parts, hits }]) => [name, `${hits.length} hits in ${parts} parts, ${bytes} bytes`] as const,
    );
    report(`markers, ${world.configuration.database.kind}`, {
      markers: canaries.markers.length,
      'forms searched for': canaries.forms,
      ...Object.fromEntries(lines),
      'hits of the planted marker': placeOf('rows with a marker planted').hits.length,
    });
    expect(searched.flatMap(([, { hits }]) => hits)).toEqual([]);
  });
});

async function tablesOf(ask: Administrator): Promise<[string, Uint8Array][]> {
  const tables = await ask(
    "SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
  );
  const found: [string, Uint8Array][] = [];
  for (const { name } of tables) {
    const rows = await ask(`SELECT t::text AS line FROM ${String(name)} AS t`);
    found.push([String(name), Buffer.from(rows.map(({ line }) => String(line)).join('\n'))]);
  }
  return found;
}

/** Every file below a folder: the embedded database with its journal, blobs, keys of the server, signer. */
async function filesOf(folder: string): Promise<[string, Uint8Array][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.map(async (file): Promise<[string, Uint8Array]> => [file.slice(folder.length), await readFile(file)]),
  );
}
