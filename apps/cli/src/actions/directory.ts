import { type AuthorityId, limits, type PersonId, toHex } from '@rogatory/kernel';
import { type Client, type Contact } from '@rogatory/client';
import { type DirectoryView, matchesFingerprint } from '@rogatory/pki';
import {
  authorityKinds,
  caseRoles,
  decodeDirectoryEntry,
  nameOf,
  postKinds,
  type RevocationAction,
  revocationActions,
  revocationReasons,
  revocationTargets,
} from '@rogatory/protocol';
import { rolesIn } from '@rogatory/pki';
import { assemblePaper } from '../ceremony/assembly.js';
import { signedTime, revocationPaper } from '../ceremony/drafts.js';
import { decodeKeyFile, MAX_KEY_FILE_BYTES, unlockSigningKey } from '../ceremony/key-file.js';
import { encodePaper } from '../ceremony/paper-file.js';
import { type Paper, signPaper } from '../ceremony/paper.js';
import type { Call } from '../run/call.js';
import { choose, choosePerson } from '../run/choosing.js';
import { refusedError, usageError } from '../run/cli.errors.js';
import { readBounded, writeWhole } from '../run/files.js';
import { harmless } from '../run/harmless.js';
import { personLine } from '../run/names.js';
import { counted, isoTime, type Outcome, table } from '../run/outcome.js';
import { readPassphrase } from '../run/passphrase.js';
import { type Session, withSession } from '../run/session.js';
import { describePaper, readPaper } from './papers.js';

/** `directory list` */
export async function listDirectory(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    await client.directory.sync();
    const { view } = client.directory;
    const nowMs = call.context.clock.nowMs();
    const authorities = view.authorities().map(({ record, authorityId }) => ({
      authorityId,
      name: harmless(record.name, 120),
      state: record.state,
      kind: nameOf(authorityKinds, record.kind),
      persons: view.personsOf(authorityId).map(({ personId, certificate }) => ({
        personId,
        name: personLine(client, personId),
        postKind: nameOf(postKinds, certificate.postKind),
        status: view.personStatus(personId, nowMs),
        liveDevices: view.liveDevicesOf(personId, nowMs).length,
        contact: client.contacts.contact(personId).status.kind,
      })),
    }));
    const rows = authorities.flatMap(({ name, state, persons }) => [
      [state, '', '', '', name],
      ...persons.map((person) => ['', person.personId.slice(0, 12), person.status, person.contact, person.name]),
    ]);
    return {
      json: { size: client.directory.head.size, authorities },
      lines: table(['state', 'person', 'status', 'contact', 'name'], rows),
    };
  });
}

/** `directory show`: an authority, person or device by the beginning of its id. */
export async function showDirectory(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    await client.directory.sync();
    const { view } = client.directory;
    const authorities = view.authorities().map(({ authorityId }) => authorityId as string);
    const persons = client.directory.persons().map(({ personId }) => personId);
    const devices = persons.flatMap((personId) => view.devicesOf(personId).map(({ deviceId }) => deviceId as string));
    const id = choose('id', call.argument(0), [...authorities, ...persons, ...devices]);
    const nowMs = call.context.clock.nowMs();
    const facts = authorities.includes(id)
      ? authorityFacts(view, id as AuthorityId)
      : personFacts(client, view, id, nowMs);
    const lines = Object.entries(facts).map(
      ([field, value]) => `${field.padEnd(22)}${Array.isArray(value) ? value.join(', ') : String(value)}`,
    );
    return { json: facts, lines };
  });
}

function authorityFacts(view: DirectoryView, id: AuthorityId) {
  const record = view.authority(id)?.record;
  if (record === undefined) throw usageError('cli/arguments', { what: 'authority' });
  return {
    authorityId: id,
    name: harmless(record.name),
    state: record.state,
    kind: nameOf(authorityKinds, record.kind),
    territory: harmless(record.territory),
    languages: record.languages,
    instruments: record.instruments,
    isCentralAuthority: record.isCentralAuthority,
    isSuspended: record.isSuspended,
    isDemo: record.isDemo,
    registrars: record.registrarKeys.length,
    registrarThreshold: record.registrarThreshold,
    oversightAuthorityId: record.oversightAuthorityId,
    serial: record.serial,
  };
}

function personFacts(client: Client, view: DirectoryView, id: string, nowMs: number) {
  const persons = client.directory.persons().map(({ personId }) => personId);
  const personId = persons.find(
    (known) => known === id || view.devicesOf(known).some(({ deviceId }) => deviceId === id),
  );
  const person = personId && view.person(personId);
  if (person === undefined || personId === undefined) throw usageError('cli/arguments', { what: 'person' });
  const { certificate } = person;
  const { fingerprint, status } = client.contacts.contact(personId);
  return {
    personId,
    name: personLine(client, personId),
    authorityId: person.authorityId,
    postId: certificate.postId,
    postKind: nameOf(postKinds, certificate.postKind),
    roles: rolesIn(certificate.roleCeiling).map((role) => nameOf(caseRoles, role)),
    status: view.personStatus(personId, nowMs),
    validUntil: isoTime(certificate.notAfterMs),
    contact: status.kind,
    fingerprint: fingerprint.words.join(' '),
    digits: fingerprint.digits.join(' '),
    devices: view.devicesOf(personId).map(({ deviceId }) => `${deviceId} (${view.deviceStatus(deviceId, nowMs)})`),
  };
}

/** `directory verify`: the whole log anew, from the first entry, against what the server signs. */
export async function verifyDirectory(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const head = await client.directory.sync();
    const { state } = client.directory;
    const root = toHex(state.head.root);
    return {
      json: { verified: true, size: head.size, root, rootHash: toHex(state.pinnedRootHash), at: isoTime(head.timeMs) },
      lines: [
        `${head.size} entries verified: every signature, threshold and period, and the signed head over them.`,
        `root of the log  ${root}`,
      ],
    };
  });
}

/** `directory contact`: who this is, and with `--compare` or `--accept` the decision on them. */
export async function decideContact(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    await client.directory.sync();
    const personId = choosePerson(client, call.argument(0));
    const compared = call.optional('compare');
    if (compared !== undefined && call.flag('accept'))
      throw usageError('cli/arguments', { choices: '--compare, --accept' });
    if (compared !== undefined) await confirm(client, personId, compared);
    if (call.flag('accept')) await client.contacts.accept(personId);
    return describeContacts(client, [client.contacts.contact(personId)]);
  });
}

async function confirm(client: Client, personId: PersonId, typed: string): Promise<void> {
  const { fingerprint } = client.contacts.contact(personId);
  if (!matchesFingerprint(fingerprint.digest, typed)) throw refusedError('cli/not-confirmed');
  await client.contacts.confirmCompared(personId, typed);
}

/** `directory contacts` */
export async function listContacts(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    await client.directory.sync();
    return describeContacts(client, client.contacts.list());
  });
}

function describeContacts(client: Client, contacts: readonly Contact[]): Outcome {
  const shown = contacts.map(({ personId, status, fingerprint, devices }) => ({
    personId,
    name: personLine(client, personId),
    status: status.kind,
    fingerprint: fingerprint.words.join(' '),
    digits: fingerprint.digits.join(' '),
    devices,
  }));
  const lines = shown.flatMap(({ personId, name, status, fingerprint, digits }) => [
    `${name}  ${personId}`,
    `  contact      ${status}`,
    `  fingerprint  ${fingerprint}`,
    `  in digits    ${digits}`,
  ]);
  return { json: { contacts: shown }, lines: lines.length === 0 ? ['No contacts yet.'] : lines };
}

/** `directory revoke`, `suspend`, `reinstate`: by one's own device, or by a registrar's key; on paper where two must sign. */
export async function changeStanding(call: Call, action: keyof typeof revocationActions): Promise<Outcome> {
  return withSession(call, async (session) => {
    const { client } = session;
    await client.directory.sync();
    const paper = await signedStanding(call, session, standingPaper(call, client, revocationActions[action]));
    const out = call.optional('out');
    if (out === undefined) return submit(client, paper);
    await writeWhole(call.path(out), encodePaper(paper));
    return describePaper(paper);
  });
}

function standingPaper(call: Call, client: Client, action: RevocationAction): Paper {
  const { view } = client.directory;
  const [person, device] = [call.optional('person'), call.optional('device')];
  if ((person === undefined) === (device === undefined))
    throw usageError('cli/arguments', { choices: '--person, --device' });
  const reason = call.choiceOrNone('reason', revocationReasons) ?? revocationReasons.unspecified;
  const time = signedTime(call.context.clock.nowMs());
  if (person !== undefined) {
    const personId = choosePerson(client, person);
    const authorityId = view.person(personId)?.authorityId;
    if (authorityId === undefined) throw usageError('cli/arguments', { what: 'person' });
    return revocationPaper(view, {
      target: revocationTargets.person,
      targetId: personId,
      action,
      reason,
      time,
      authorityId,
    });
  }
  const all = client.directory.persons().flatMap(({ personId }) => view.devicesOf(personId));
  const ids = all.map(({ deviceId }) => deviceId);
  const deviceId = choose('device', device ?? '', ids);
  const authorityId = view.device(deviceId)?.authorityId;
  if (authorityId === undefined) throw usageError('cli/arguments', { what: 'device' });
  return revocationPaper(view, {
    target: revocationTargets.device,
    targetId: deviceId,
    action,
    reason,
    time,
    authorityId,
  });
}

async function signedStanding(call: Call, { keys }: Session, paper: Paper): Promise<Paper> {
  const keyPath = call.optional('key');
  if (keyPath === undefined) return signPaper(paper, 'device', keys.signing);
  const path = call.path(keyPath);
  const file = decodeKeyFile(await readBounded(path, MAX_KEY_FILE_BYTES));
  if (file.kind !== 'registrar') throw refusedError('cli/wrong-holder', { kind: file.kind });
  const key = await unlockSigningKey(file, await readPassphrase(call, path));
  const signed = signPaper(paper, 'registrar', key);
  key.wipe();
  return signed;
}

/** `directory submit`, `enrol submit`: a signed paper to the server. */
export async function submitPaper(call: Call): Promise<Outcome> {
  const paper = await readPaper(call, call.argument(0));
  return withSession(call, async ({ client }) => {
    await client.directory.sync();
    return submit(client, paper);
  });
}

async function submit(client: Client, paper: Paper): Promise<Outcome> {
  const entries = assemblePaper(paper, client.directory.view);
  for (const entry of entries) decodeDirectoryEntry(entry);
  const head = await client.directory.append(entries, paper.card === undefined ? [] : [paper.card]);
  return {
    json: { submitted: entries.length, size: head.size, root: toHex(head.root) },
    lines: [`${counted(entries.length, 'entry', 'entries')} taken; the directory has ${head.size}, verified.`],
  };
}

/** `directory export`: the replayed log as a directory file, for ceremonies and for whoever verifies offline. */
export async function exportDirectory(call: Call): Promise<Outcome> {
  const { encodeDirectoryBundle } = await import('@rogatory/protocol');
  return withSession(call, async ({ client }) => {
    await client.directory.sync();
    const { entries, cards } = client.directory.bundle();
    const bytes = encodeDirectoryBundle({ entries, cards });
    if (bytes.length > limits.maxDirectoryBundleBytes) throw refusedError('cli/file-access', { bytes: bytes.length });
    const out = call.path(call.required('out'));
    await writeWhole(out, bytes);
    return { json: { file: out, entries: entries.length }, lines: [`${entries.length} entries.`] };
  });
}
