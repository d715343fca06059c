import { type AuthorityId, limits, parseAuthorityId, toHex } from '@rogatory/kernel';
import { type DirectoryView, rootFingerprint } from '@rogatory/pki';
import {
  authorityKinds,
  type AuthorityRecord,
  decodeSignedFederationRoot,
  nameOf,
  postKinds,
  type SignedFederationRoot,
} from '@rogatory/protocol';
import type { VerifiedBundle } from '../ceremony/bundle.js';
import { authorityPaper, newId, rootPaper, signedTime } from '../ceremony/drafts.js';
import { decodePublicKey, type KeyKind, MAX_KEY_FILE_BYTES } from '../ceremony/key-file.js';
import { encodePaper } from '../ceremony/paper-file.js';
import type { Paper } from '../ceremony/paper.js';
import type { Call } from '../run/call.js';
import { refusedError, usageError } from '../run/cli.errors.js';
import { readBounded, writeWhole } from '../run/files.js';
import { harmless } from '../run/harmless.js';
import type { Outcome } from '../run/outcome.js';
import { describePaper, readBundle, rootLines, writeRoot } from './papers.js';

const NO_AUTHORITY = parseAuthorityId('0'.repeat(32));

/** `federation init` */
export async function initFederation(call: Call): Promise<Outcome> {
  const keys = await publicKeys(call, 'key', 'root');
  return writePaper(call, rootPaper({ keys, threshold: thresholdOf(call, keys.length), time: timeOf(call) }));
}

/** `federation succeed` */
export async function succeedRoot(call: Call): Promise<Outcome> {
  const verified = await readBundle(call.path(call.required('bundle')));
  const keys = await publicKeys(call, 'key', 'root');
  const threshold = thresholdOf(call, keys.length);
  return writePaper(call, rootPaper({ keys, threshold, time: timeOf(call), previous: rootInForce(verified) }));
}

/** `federation admit` */
export async function admitAuthority(call: Call): Promise<Outcome> {
  const { view } = (await readBundle(call.path(call.required('bundle')))).state;
  const id = call.optional('authority');
  const record = id === undefined ? await newRecord(call, view) : await nextRecord(call, view, parseAuthorityId(id));
  return writePaper(call, authorityPaper(record));
}

/** `federation show` */
export async function showFederation(call: Call): Promise<Outcome> {
  const verified = await readBundle(call.path(call.argument(0)));
  await writeRoot(call, verified);
  const { state } = verified;
  const { view } = state;
  const authorities = view.authorities().map(({ record }) => ({
    authorityId: record.authorityId,
    name: harmless(record.name),
    state: record.state,
    kind: nameOf(authorityKinds, record.kind),
    isDemo: record.isDemo,
    isSuspended: record.isSuspended,
    registrars: record.registrarKeys.length,
    persons: view.personsOf(record.authorityId).map(({ personId, certificate }) => ({
      personId,
      postKind: nameOf(postKinds, certificate.postKind),
      devices: view.devicesOf(personId).length,
    })),
  }));
  const rootHash = toHex(state.pinnedRootHash);
  return {
    json: {
      rootHash,
      fingerprint: rootFingerprint(state.pinnedRootHash).words.join(' '),
      size: state.size,
      head: toHex(state.head.root),
      authorities,
    },
    lines: [
      ...rootLines(verified),
      `root hash         ${rootHash}`,
      `entries           ${state.size}, every one verified`,
      ...authorities.flatMap(({ authorityId, name, state: code, kind, persons, isDemo }) => [
        '',
        `${code}  ${name} (${kind}${isDemo ? ', demo' : ''})  ${authorityId}`,
        ...persons.map(
          ({ personId, postKind, devices }) => `    ${postKind.padEnd(16)}${personId}  devices: ${devices}`,
        ),
      ]),
    ],
  };
}

/** The root file in force, whole. */
export function rootInForce({ bundle }: VerifiedBundle): SignedFederationRoot {
  const roots = bundle.entries.filter((entry) => new TextDecoder('latin1').decode(entry.subarray(0, 4)) === 'RGR1');
  const newest = roots.at(-1);
  if (newest === undefined) throw refusedError('cli/signatures-missing', { reason: 'there is no root yet' });
  return decodeSignedFederationRoot(newest);
}

async function newRecord(call: Call, view: DirectoryView): Promise<Omit<AuthorityRecord, 'suite'>> {
  const kind = call.choice('kind', authorityKinds);
  const isOversight = kind === authorityKinds.oversightBody;
  const registrarKeys = await publicKeys(call, 'registrar', 'registrar');
  return {
    authorityId: newId<AuthorityId>(call.context.random),
    serial: 1,
    state: call.required('state'),
    kind,
    isCentralAuthority: call.flag('central'),
    isDemo: false,
    isSuspended: call.flag('suspended'),
    name: call.required('name'),
    territory: call.optional('territory') ?? call.required('name'),
    languages: call.list('language'),
    instruments: call.list('instrument'),
    registrarThreshold: thresholdOf(call, registrarKeys.length),
    registrarKeys,
    ...(isOversight ? await ownOversight(call) : givenOversight(call, view)),
    time: timeOf(call),
  };
}

async function ownOversight(call: Call) {
  const [oversightKemKey] = await keysIn(call, [call.required('oversightKey')], 'oversight');
  if (oversightKemKey === undefined) throw usageError('cli/arguments', { option: 'oversight-key' });
  return { oversightAuthorityId: NO_AUTHORITY, oversightKemKey };
}

function givenOversight(call: Call, view: DirectoryView) {
  const oversightAuthorityId = parseAuthorityId(call.required('oversight'));
  const body = view.authority(oversightAuthorityId);
  if (body === undefined) throw refusedError('cli/wrong-holder', { reason: 'no such oversight body in the directory' });
  return { oversightAuthorityId, oversightKemKey: body.record.oversightKemKey };
}

/** The record in force with the fields that the call names in place of its own. */
async function nextRecord(call: Call, view: DirectoryView, id: AuthorityId): Promise<Omit<AuthorityRecord, 'suite'>> {
  const record = view.authority(id)?.record;
  if (record === undefined) throw refusedError('cli/wrong-holder', { reason: 'no such authority in the directory' });
  const hasKeys = call.list('registrar').length > 0;
  const registrarKeys = hasKeys ? await publicKeys(call, 'registrar', 'registrar') : record.registrarKeys;
  const hasThreshold = call.optional('threshold') !== undefined;
  const [kemKey] = await keysIn(
    call,
    [call.optional('oversightKey')].flatMap((path) => path ?? []),
    'oversight',
  );
  const body = view.oversightOf(id)?.record;
  return {
    ...record,
    serial: record.serial + 1,
    name: call.optional('name') ?? record.name,
    territory: call.optional('territory') ?? record.territory,
    languages: call.list('language').length > 0 ? call.list('language') : record.languages,
    instruments: call.list('instrument').length > 0 ? call.list('instrument') : record.instruments,
    isCentralAuthority: call.flag('central') || record.isCentralAuthority,
    isSuspended: call.flag('suspended'),
    registrarThreshold: hasThreshold ? thresholdOf(call, registrarKeys.length) : record.registrarThreshold,
    registrarKeys,
    ...(call.optional('oversight') === undefined ? {} : givenOversight(call, view)),
    ...(body !== undefined && record.kind !== authorityKinds.oversightBody && call.optional('oversight') === undefined
      ? { oversightKemKey: body.oversightKemKey }
      : {}),
    ...(kemKey !== undefined && record.kind === authorityKinds.oversightBody ? { oversightKemKey: kemKey } : {}),
    time: timeOf(call),
  };
}

async function publicKeys(call: Call, option: string, kind: KeyKind): Promise<Uint8Array[]> {
  const keys = await keysIn(call, call.list(option), kind);
  if (keys.length < 2) throw usageError('cli/arguments', { option, least: 2 });
  return keys;
}

async function keysIn(call: Call, paths: readonly string[], kind: KeyKind): Promise<Uint8Array[]> {
  const files = await Promise.all(paths.map((path) => readBounded(call.path(path), MAX_KEY_FILE_BYTES)));
  return files.map(decodePublicKey).map((file) => {
    if (file.kind !== kind) throw refusedError('cli/wrong-holder', { kind: file.kind, needed: kind });
    return file.publicKey;
  });
}

function thresholdOf(call: Call, keys: number): number {
  return call.whole('threshold', { min: 2, max: Math.min(keys, limits.maxRootKeys) });
}

function timeOf(call: Call) {
  return signedTime(call.context.clock.nowMs());
}

async function writePaper(call: Call, paper: Paper): Promise<Outcome> {
  await writeWhole(call.path(call.required('out')), encodePaper(paper));
  return describePaper(paper);
}
