import { mkdirSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { Secret, systemClock, systemRandom, utf8 } from '@rogatory/kernel';
import {
  allowedEntry,
  auditMigrations,
  HttpWitness,
  nothingConcerned,
  noteSigner,
  openAuditLog,
  openFolderSigner,
} from '@rogatory/audit';
import { TestingDevice, testingSource } from '@rogatory/audit/testing';
import { SigningKey } from '@rogatory/crypto/sign';
import {
  consistencyProof,
  encodeAddCheckpoint,
  encodeVerifierKey,
  parsePolicy,
  signCheckpoint,
  TileHashReader,
  TreeTail,
} from '@rogatory/tlog';
import { followLog, makeWitness } from '@rogatory/witness';
import { openEngine } from '../engines.mjs';
import { atLeast, atMost } from '../figures.mjs';
import { median, percentile } from '../measure.mjs';
import { freePort, start } from '../processes.mjs';

/** @typedef {import('../figures.mjs').Figure} Figure */
/** @typedef {import('@rogatory/platform-database').Database} Database */
/** @typedef {import('@rogatory/kernel').ActId} ActId */

const witnessProgram = join(import.meta.dirname, '../../../apps/witness/dist/main.js');
const ORIGIN = 'bench.invalid/audit/log/2026h2';
const RECORDS_PER_SECOND = 1_000;
const SLOT_MS = 10;
const WITNESSES = 7;
const STOPPED = 2;
const LOGS = 50;
const CONNECTIONS = 16;

/** @param {string} folder @param {number} port */
function startWitness(folder, port) {
  return start(witnessProgram, { args: ['run', '--folder', folder, '--listen', `127.0.0.1:${port}`] });
}

/** Records at a steady rate, and how long each then waits for a head of the kind. @param {Database} database @param {import('@rogatory/audit').AuditLog} audit
 * @param {{ perSecond: number, seconds: number, level: 'signed' | 'witnessed' }} load */
async function waits(database, audit, { perSecond, seconds, level }) {
  const device = new TestingDevice(Math.floor(Math.random() * 1e9), systemClock);
  const facts = { who: device.who, what: { ...nothingConcerned, bytes: 700 }, source: testingSource };
  const perSlot = Math.max(1, Math.round((perSecond * SLOT_MS) / 1000));
  const slotMs = (perSlot * 1000) / perSecond;
  const slots = Array.from({ length: Math.round((seconds * 1000) / slotMs) }, () =>
    Array.from({ length: perSlot }, () => allowedEntry(device.act('msg.send'), facts)),
  );
  /** @type {number[]} */
  const found = [];
  /** @type {Promise<void>[]} */
  const open = [];
  const startedAt = performance.now();
  for (const [slot, entries] of slots.entries()) {
    const pause = startedAt + slot * slotMs - performance.now();
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    const committed = database
      .write(device.principal, (writer) => audit.recorder.recordMany(writer, entries))
      .then(async (recorded) => {
        const from = performance.now();
        await Promise.all(recorded.map(({ id }) => audit.gate.released(id, level)));
        for (const _ of recorded) found.push(performance.now() - from);
      });
    open.push(committed);
  }
  await Promise.all(open);
  return { found, perSecond: (found.length * 1000) / (performance.now() - startedAt) };
}

/** @param {Database} database @param {string} folder @param {import('@rogatory/audit').Witnesses} [witnesses] */
async function openLog(database, folder, witnesses) {
  /** @type {unknown[]} */
  const faults = [];
  const signer = await openFolderSigner({ folder: join(folder, 'signer'), origins: [ORIGIN], random: systemRandom });
  const audit = await openAuditLog({
    ...{ database, clock: systemClock, random: systemRandom, signer, origin: ORIGIN },
    ...{ secretsFolder: join(folder, 'secrets'), onFault: (/** @type {unknown} */ error) => faults.push(error) },
    ...(witnesses && { witnesses }),
  });
  return { audit, signer, faults };
}

/** @param {string} folder @param {number} seconds @returns {Promise<Figure[]>} */
async function gateFigures(folder, seconds) {
  const engine = await openEngine('postgres', { folder, migrations: auditMigrations });
  if (engine === undefined) return [];
  try {
    const { audit, faults } = await openLog(engine.database, join(folder, 'gate'));
    audit.start();
    await waits(engine.database, audit, { perSecond: RECORDS_PER_SECOND, seconds: 1, level: 'signed' });
    const { found, perSecond } = await waits(engine.database, audit, {
      ...{ perSecond: RECORDS_PER_SECOND, seconds, level: 'signed' },
    });
    await audit.stop();
    if (faults.length > 0) throw new Error('the log reported a fault', { cause: faults[0] });
    const [p50, p99] = [median(found), percentile(found, 99)];
    const name = `from commit to a signed head, ${Math.round(perSecond)} records/s`;
    return [
      { name: `${name}, p50`, unit: 'ms', value: p50, target: atMost(90, p50, 'at most 90 ms') },
      { name: `${name}, p99`, unit: 'ms', value: p99, target: atMost(250, p99, 'at most 250 ms') },
    ];
  } finally {
    await engine.close();
  }
}

/** Seven witnesses of which two do not run. @param {string} folder @param {number} seconds @returns {Promise<Figure[]>} */
async function quorumFigures(folder, seconds) {
  const engine = await openEngine('postgres', { folder, migrations: auditMigrations });
  if (engine === undefined) return [];
  /** @type {import('../processes.mjs').Started[]} */
  const running = [];
  try {
    const names = Array.from({ length: WITNESSES }, (_, i) => `w${i}`);
    const places = await Promise.all(
      names.map(async (name) => ({ name, folder: join(folder, name), port: await freePort() })),
    );
    /** @type {string[]} */
    const lines = [];
    for (const { name, folder: own, port } of places) {
      const key = encodeVerifierKey(await makeWitness(own, `bench.invalid/${name}`, systemRandom));
      lines.push(`witness ${name} ${key} http://127.0.0.1:${port}`);
    }
    const quorum = Math.ceil((2 * WITNESSES) / 3);
    const policy = parsePolicy(utf8(`${lines.join('\n')}\ngroup all ${quorum} ${names.join(' ')}\nquorum all\n`));
    const clients = new Map(policy.witnesses.map((witness) => [witness, new HttpWitness(witness.url ?? '')]));
    const witnesses = {
      policy,
      clientOf: (/** @type {typeof policy.witnesses[number]} */ witness) => clients.get(witness),
      onChange: () => undefined,
    };
    const { audit, signer, faults } = await openLog(engine.database, join(folder, 'quorum'), witnesses);
    const [key] = signer.keys(ORIGIN);
    if (key === undefined) throw new Error('the signer has no key');
    for (const { folder: own, port } of places.slice(STOPPED)) {
      await followLog(own, key);
      running.push(await startWitness(own, port));
    }
    audit.start();
    await waits(engine.database, audit, { perSecond: 50, seconds: 2, level: 'witnessed' });
    const { found } = await waits(engine.database, audit, { perSecond: 50, seconds, level: 'witnessed' });
    await audit.stop();
    if (faults.length > 0) throw new Error('the log reported a fault', { cause: faults[0] });
    const [p50, p99] = [median(found), percentile(found, 99)];
    const name = `from commit to ${quorum} cosignatures, ${WITNESSES} witnesses of which ${STOPPED} are stopped`;
    return [
      { name: `${name}, p50`, unit: 'ms', value: p50 },
      { name: `${name}, p99`, unit: 'ms', value: p99, target: atMost(2_000, p99, 'at most 2 s') },
    ];
  } finally {
    for (const witness of running) await witness.stop();
    await engine.close();
  }
}

/** Logs that grow by an entry at a time, with the request for each growth. @param {number} growths */
async function growingLogs(growths) {
  const logs = [];
  for (let i = 0; i < LOGS; i++) {
    const origin = `bench.invalid/log/${i}`;
    const signer = noteSigner(origin, SigningKey.fromSeed(new Secret(systemRandom(32))));
    const files = new Map();
    const reading = { readTile: async (/** @type {string} */ path) => files.get(path) };
    let tail = TreeTail.empty;
    /** @type {Uint8Array[]} */
    const bodies = [];
    for (let size = 0; size < growths; size++) {
      const next = tail.extend([utf8(`entry ${size} of ${i}`)]);
      for (const { path, bytes } of next.files) files.set(path, bytes);
      const { tail: grown } = next;
      const checkpoint = await signCheckpoint({ origin, size: grown.size, root: grown.root() }, [signer]);
      const reader = new TileHashReader(reading, grown.size);
      const proof = tail.size === 0 ? [] : await consistencyProof(tail.size, grown.size, reader);
      bodies.push(encodeAddCheckpoint({ oldSize: tail.size, proof, checkpoint }));
      tail = grown;
    }
    logs.push({ key: signer.key, bodies });
  }
  return logs;
}

/** @param {Agent} agent @param {string} url @param {Uint8Array} body @returns {Promise<number>} */
function send(agent, url, body) {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/add-checkpoint`, { method: 'POST', agent }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** @param {string} folder @param {number} growths @returns {Promise<Figure[]>} */
async function witnessFigures(folder, growths) {
  const own = join(folder, 'busy witness');
  await makeWitness(own, 'bench.invalid/busy', systemRandom);
  const logs = await growingLogs(growths);
  for (const { key } of logs) await followLog(own, key);
  const port = await freePort();
  const witness = await startWitness(own, port);
  const url = `http://127.0.0.1:${port}`;
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  try {
    let cosigned = 0;
    const queue = [...logs];
    const cpu = witness.cpuMs();
    const startedAt = performance.now();
    const work = async () => {
      for (let log = queue.pop(); log !== undefined; log = queue.pop()) {
        for (const body of log.bodies) if ((await send(agent, url, body)) === 200) cosigned++;
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
    const rate = (cosigned * 1000) / (performance.now() - startedAt);
    const spent = (witness.cpuMs() - cpu) / cosigned;
    if (cosigned !== LOGS * growths) throw new Error(`${LOGS * growths - cosigned} heads were not cosigned`);
    const name = `one witness, ${LOGS} logs, ${CONNECTIONS} connections, each head stored before it is cosigned`;
    return [
      { name, unit: 'heads/s', value: rate, target: atLeast(500, rate, 'at least 500/s') },
      { name: 'processor time of the witness per head', unit: 'ms', value: spent },
    ];
  } finally {
    agent.destroy();
    await witness.stop();
  }
}

/** @type {import('../figures.mjs').Section} */
export const section = {
  title: '9. Signed and witnessed heads',
  run: async ({ isShort, folder }) => {
    const seconds = isShort ? 3 : 10;
    const rooms = ['one', 'two'].map((name) => join(folder, name));
    for (const room of rooms) mkdirSync(room, { recursive: true });
    const gate = await gateFigures(rooms[0] ?? folder, seconds);
    const quorum = await quorumFigures(rooms[1] ?? folder, isShort ? 5 : 30);
    const witness = await witnessFigures(folder, isShort ? 20 : 100);
    return {
      figures: [...gate, ...quorum, ...witness],
      notes: [
        'Records are committed ten at a time by the process that sequences and signs; every one waits at the gate.',
        'Each witness is a process of its own with its own folder on the same two processors, Ed25519 only.',
        ...(gate.length === 0 ? ['Signed and witnessed heads skipped: no local PostgreSQL.'] : []),
      ],
    };
  },
};
