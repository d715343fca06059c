import { join } from 'node:path';
import {
  type AuthorityId,
  type DeviceId,
  fromHex,
  limits,
  parseAuthorityId,
  parseDeviceId,
  parsePersonId,
  type PersonId,
  toHex,
} from '@rogatory/kernel';
import type { KeyStoreStorage } from '@rogatory/client';
import { JsonForm, jsonText } from '../ceremony/json-form.js';
import type { Call } from './call.js';
import { fileFormatError, usageError } from './cli.errors.js';
import { isPresent, makePrivateFolder, readBounded, writeWhole } from './files.js';

/** What a device knows of itself before its keys are unlocked. Nothing here is secret, and nothing here is trusted. */
export interface Profile {
  readonly deviceId: DeviceId;
  readonly personId: PersonId;
  readonly authorityId: AuthorityId;
  /** Hash of the federation's first root file; the key store holds it too, and that one counts. */
  readonly rootHash: Uint8Array;
  /** Origin of the server; absent until the first login names it. */
  readonly server?: string;
}

const FORMAT = 'rogatory/profile/v1';
const EXPECTED = 'a profile';
const MAX_PROFILE_BYTES = 16 * 1024;
const MAX_KEY_STORE_BYTES = 17 * 1024 * 1024;

export function profileFile(folder: string): string {
  return join(folder, 'profile.json');
}

export function keyStoreFile(folder: string): string {
  return join(folder, 'device.keys');
}

/** Witnesses of the directory, as whoever made the profile names them; the device pins them when it first reads them. */
export function witnessPolicyFile(folder: string): string {
  return join(folder, 'witnesses.policy');
}

/** The policy beside a profile; undefined for none. @throws RefusedError `cli/file-access`. */
export async function readWitnessPolicy(folder: string): Promise<Uint8Array | undefined> {
  const path = witnessPolicyFile(folder);
  return (await isPresent(path)) ? readBounded(path, limits.maxPolicyBytes) : undefined;
}

/** Folder of the sealed state beside the key store. */
export function stateFolder(folder: string): string {
  return join(folder, 'state');
}

/** The folder that the command line or the environment names. @throws UsageError `cli/no-profile`. */
export function profileFolderOf(call: Call): string {
  const named = call.optional('profile') ?? call.context.settings.profileFolder;
  if (named === undefined) throw usageError('cli/no-profile');
  return call.path(named);
}

export function encodeProfile(profile: Profile): string {
  const { deviceId, personId, authorityId, rootHash, server } = profile;
  return jsonText({
    format: FORMAT,
    deviceId,
    personId,
    authorityId,
    rootHash: toHex(rootHash),
    ...(server && { server }),
  });
}

/** @throws UsageError `cli/no-profile`; CodecError `cli/file-format`. */
export async function readProfile(folder: string): Promise<Profile> {
  const path = profileFile(folder);
  if (!(await isPresent(path))) throw usageError('cli/no-profile');
  const form = JsonForm.parse(await readBounded(path, MAX_PROFILE_BYTES), EXPECTED);
  if (form.text('format') !== FORMAT) throw fileFormatError(EXPECTED);
  const deviceId = parseDeviceId(form.text('deviceId'));
  const personId = parsePersonId(form.text('personId'));
  const authorityId = parseAuthorityId(form.text('authorityId'));
  const rootHash = fromHex(form.text('rootHash'));
  const server = form.optionalText('server');
  form.end();
  return { deviceId, personId, authorityId, rootHash, ...(server === undefined ? {} : { server }) };
}

/** Writes a profile; a new one into a folder that holds none. @throws RefusedError `cli/exists`. */
export async function writeProfile(folder: string, profile: Profile, options = { replace: false }): Promise<void> {
  await makePrivateFolder(folder);
  await writeWhole(profileFile(folder), encodeProfile(profile), { isPrivate: true, ...options });
}

/** The key store file of a profile, replaced whole at each write. */
export function keyStoreStorage(folder: string): KeyStoreStorage {
  const path = keyStoreFile(folder);
  return {
    read: async () => ((await isPresent(path)) ? readBounded(path, MAX_KEY_STORE_BYTES) : undefined),
    replace: async (bytes) => writeWhole(path, bytes, { isPrivate: true, replace: true }),
  };
}
