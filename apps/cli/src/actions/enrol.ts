import { limits, parseAuthorityId, parsePersonId, type PersonId } from '@rogatory/kernel';
import { makeCard, matchesFingerprint, enrolmentFingerprint, openEnrolmentRequest } from '@rogatory/pki';
import { caseRoles, postKinds, roleMask } from '@rogatory/protocol';
import { parsePostId } from '@rogatory/kernel';
import {
  devicePaper,
  fullPeriod,
  newId,
  newPersonPaper,
  prolongedDevicePaper,
  prolongedPersonPaper,
  signedTime,
} from '../ceremony/drafts.js';
import { decodeKeyFile, MAX_KEY_FILE_BYTES, unlockSigningKey } from '../ceremony/key-file.js';
import { encodePaper } from '../ceremony/paper-file.js';
import { type Paper, signPaper } from '../ceremony/paper.js';
import {
  decodeRequestFile,
  encodeRequestFile,
  MAX_REQUEST_FILE_BYTES,
  requestReading,
} from '../ceremony/request-file.js';
import { decodeRootFile, MAX_ROOT_FILE_BYTES } from '../ceremony/root-file.js';
import type { Call } from '../run/call.js';
import { refusedError } from '../run/cli.errors.js';
import { isPresent, readBounded, writeWhole } from '../run/files.js';
import type { Outcome } from '../run/outcome.js';
import { readNewPassphrase, readPassphrase } from '../run/passphrase.js';
import { keyStoreFile, keyStoreStorage, profileFolderOf, writeProfile } from '../run/profile.js';
import { confirmPaper, describePaper, readBundle, readPaper } from './papers.js';

const DAY_MS = 24 * 3_600_000;
const MAX_DAYS = Math.floor(limits.maxCertificateMs / DAY_MS);

/** `enrol request`: fresh keys in a new profile, and the request to take to the registrars. */
export async function requestEnrolment(call: Call): Promise<Outcome> {
  const { createKeyStore, newDevice } = await import('@rogatory/client');
  const { random, clock } = call.context;
  const folder = profileFolderOf(call);
  if (await isPresent(keyStoreFile(folder))) throw refusedError('cli/exists', { file: 'device.keys' });
  const rootHash = decodeRootFile(await readBounded(call.path(call.required('root')), MAX_ROOT_FILE_BYTES));
  const person = call.optional('person');
  const device = newDevice({
    personId: person === undefined ? newId<PersonId>(random) : parsePersonId(person),
    authorityId: parseAuthorityId(call.required('authority')),
    federationRootHash: rootHash,
    ...periodOf(call),
    time: signedTime(clock.nowMs()),
    random,
    ...(person === undefined ? { cardBytes: cardOf(call) } : {}),
  });
  const passphrase = await readNewPassphrase(call, folder);
  const { deviceId, personId, authorityId } = device.content;
  const server = call.optional('server');
  await writeProfile(folder, { deviceId, personId, authorityId, rootHash, ...(server && { server }) });
  const keys = await createKeyStore({ content: device.content, passphrase, random }, keyStoreStorage(folder));
  keys.lock();
  await writeWhole(call.path(call.required('out')), encodeRequestFile(device.request));
  return describeRequest(device.request);
}

/** `enrol show` */
export async function showRequest(call: Call): Promise<Outcome> {
  return describeRequest(await readRequest(call));
}

/** `enrol certify`: the first registrar compares the device's words, drafts the certificates and signs them. */
export async function certifyRequest(call: Call): Promise<Outcome> {
  const request = await readRequest(call);
  await confirmRequest(call, request);
  const keyPath = call.path(call.required('key'));
  const file = decodeKeyFile(await readBounded(keyPath, MAX_KEY_FILE_BYTES));
  if (file.kind !== 'registrar') throw refusedError('cli/wrong-holder', { kind: file.kind });
  const draft = draftFor(call, request);
  const key = await unlockSigningKey(file, await readPassphrase(call, keyPath));
  const paper = signPaper(draft, 'registrar', key);
  key.wipe();
  return writePaper(call, paper);
}

/** `enrol prolong`: the certificate of a known person with a new period. */
export async function prolongPerson(call: Call): Promise<Outcome> {
  const { view } = (await readBundle(call.path(call.required('bundle')))).state;
  const time = signedTime(call.context.clock.nowMs());
  return writePaper(call, prolongedPersonPaper(view, parsePersonId(call.argument(0)), { ...periodOf(call), time }));
}

/** `enrol renew`: this device's own certificate with a new period; its signature is the consent. */
export async function renewDevice(call: Call): Promise<Outcome> {
  const { view } = (await readBundle(call.path(call.required('bundle')))).state;
  const time = signedTime(call.context.clock.nowMs());
  const { unlockProfile } = await import('./key-store.js');
  const { keys } = await unlockProfile(call);
  try {
    return await writePaper(call, prolongedDevicePaper(view, keys, { ...periodOf(call), time }));
  } finally {
    keys.lock();
  }
}

/** `enrol consent`: a device of the same person signs for a further one. */
export async function consentToDevice(call: Call): Promise<Outcome> {
  const path = call.path(call.argument(0));
  const paper = await readPaper(call, path);
  await confirmPaper(call, paper);
  const { unlockProfile } = await import('./key-store.js');
  const { keys } = await unlockProfile(call);
  const signed = signPaper(paper, 'device', keys.signing);
  keys.lock();
  await writeWhole(path, encodePaper(signed), { replace: true });
  return describePaper(signed);
}

function draftFor(call: Call, requestBytes: Uint8Array): Paper {
  if (openEnrolmentRequest(requestBytes).card === undefined) return devicePaper(requestBytes);
  const post = call.optional('post');
  const roles = call.list('role').map((name) => roleNamed(name));
  return newPersonPaper({
    requestBytes,
    postKind: call.choice('postKind', postKinds),
    ...(post === undefined ? {} : { postId: parsePostId(post) }),
    ...(roles.length === 0 ? {} : { roleCeiling: roleMask(...roles) }),
    ...periodOf(call),
    time: signedTime(call.context.clock.nowMs()),
    random: call.context.random,
  });
}

function roleNamed(name: string) {
  const role = Object.entries(caseRoles).find(([known]) => known === name)?.[1];
  if (role === undefined) throw refusedError('cli/wrong-holder', { role: name.slice(0, 40) });
  return role;
}

function periodOf(call: Call) {
  const days = call.whole('days', { min: 1, max: MAX_DAYS, fallback: MAX_DAYS });
  const { notBeforeMs } = fullPeriod(call.context.clock.nowMs());
  return { notBeforeMs, notAfterMs: notBeforeMs + days * DAY_MS };
}

function cardOf(call: Call): Uint8Array {
  return makeCard({ personName: call.required('name'), postName: call.required('postName') }, call.context.random);
}

async function readRequest(call: Call): Promise<Uint8Array> {
  return decodeRequestFile(await readBounded(call.path(call.argument(0)), MAX_REQUEST_FILE_BYTES));
}

async function confirmRequest(call: Call, request: Uint8Array): Promise<void> {
  const { console } = call.context;
  for (const line of describeRequest(request).lines) console.error(line);
  const typed =
    call.optional('expect') ??
    (await console.ask('Type the words that the person reads from their device (four letters of each suffice): '));
  if (!matchesFingerprint(enrolmentFingerprint(request).digest, typed)) throw refusedError('cli/not-confirmed');
}

function describeRequest(request: Uint8Array): Outcome {
  const json = requestReading(request);
  return { json, lines: Object.entries(json).map(([field, value]) => `${field.padEnd(14)}${value}`) };
}

async function writePaper(call: Call, paper: Paper): Promise<Outcome> {
  await writeWhole(call.path(call.required('out')), encodePaper(paper));
  return describePaper(paper);
}
