import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { operations } from '@rogatory/client';
import { composeCase, contactPins, decideContact } from '@rogatory/e2ee';
import { limits, systemRandom, toBase64 } from '@rogatory/kernel';
import { FederationWorld } from '@rogatory/pki/testing';
import { actSubjects, caseRoles, encodeDirectoryBundle } from '@rogatory/protocol';
import { identityOf, openIdentity } from './identity.mjs';
import { freePort, start } from './processes.mjs';

/** @typedef {import('@rogatory/pki/testing').WorldDevice} WorldDevice */
/** @typedef {import('@rogatory/client').Client} Client */
/** @typedef {import('./processes.mjs').Started} Started */
/** @typedef {{ world: FederationWorld, devices: WorldDevice[] }} Staff */

const program = join(import.meta.dirname, '../../apps/api/dist/main.js');

/** A fictitious federation of one office, with so many persons of one device each. @param {number} persons @returns {Staff} */
export function makeStaff(persons) {
  const world = new FederationWorld(Math.floor(Math.random() * 2 ** 31));
  world.nowMs = Date.now() - 60_000;
  const office = world.authority(world.oversightBody('XA'));
  const devices = Array.from({ length: persons }, () => world.device(world.person(office)));
  return { world, devices };
}

/**
 * The server of the product, as it is built, with its own data folder.
 * @param {Staff} staff
 * @param {{ folder: string, databaseUrl?: string, flags?: string[], served?: string }} options `served` runs instead of it
 * @returns {Promise<Started & { url: string }>}
 */
export async function startProduct({ world, devices }, { folder, databaseUrl, flags, served = program }) {
  const bundles = join(folder, 'federation');
  mkdirSync(bundles, { recursive: true, mode: 0o700 });
  const cards = devices.map(({ person }) => person.cardBytes);
  writeFileSync(join(bundles, 'bench.bundle'), encodeDirectoryBundle({ entries: world.entries, cards }));
  const env = {
    ROGATORY_PROFILE: 'demo',
    ROGATORY_DATA_FOLDER: folder,
    ROGATORY_LISTEN_PORT: String(await freePort()),
    ROGATORY_LOG_LEVEL: 'error',
    ...(databaseUrl === undefined ? {} : { ROGATORY_DATABASE_URL: databaseUrl }),
  };
  const started = await start(served, { env, ...(flags === undefined ? {} : { flags }) });
  return { ...started, url: String(started.ready.url) };
}

/** The SDK on a device's keys, its state in memory. @param {Staff} staff @param {WorldDevice} device @param {string} url */
export function clientOf({ world }, device, url) {
  return openIdentity(identityOf(world, device), url);
}

/**
 * A case whose first device is lead and all others contributors, made in one link and accepted by the server.
 * @param {Staff} staff @param {Client} lead the client of the first device
 */
export async function openCaseOfAll({ world, devices }, lead) {
  const [author, ...others] = devices;
  if (author === undefined) throw new Error('nobody is there');
  const nowMs = Date.now();
  await lead.directory.sync();
  const { state: directory, view } = lead.directory;
  const directoryHead = await lead.directory.syncWhenOld();
  let trust = new Map();
  for (const { person } of others)
    trust = new Map(decideContact(trust, view, { personId: person.id, pin: contactPins.accepted, nowMs }));
  const notAfterMs = world.nowMs + limits.maxCertificateMs;
  const composed = composeCase(
    {
      author: { deviceId: author.id, personId: author.person.id, signingKey: author.signing },
      ...{ directory, directoryHead, trust, random: systemRandom },
      prekeysOf: () => [],
      time: lead.gateway.acts.time(),
    },
    {
      notAfterMs,
      members: others.map(({ person }) => ({ personId: person.id, role: caseRoles.contributor, notAfterMs })),
    },
  );
  const { linkBytes, boxes, next } = composed;
  const links = [{ compartmentId: next.compartmentId, link: toBase64(linkBytes), boxes: boxes.map(toBase64) }];
  const subject = actSubjects.appendLinks(composed.signed.link, [linkBytes]);
  const told = await lead.gateway.call(
    operations.createCaseOperation,
    { variables: { links }, subject },
    (data) => data.createCase.__typename,
  );
  if (told === 'StaleHead') throw new Error('the case was not made');
  return { state: next, keyring: composed.keyring, directoryHead };
}
