import { defaultPassphraseCost, floorPassphraseCost } from '@rogatory/crypto/passphrase';
import { UnlockedKeyStore, unlockKeyStore } from '@rogatory/client';
import { decodeKeyStoreFile } from '@rogatory/protocol';
import { newLock } from '../ceremony/key-file.js';
import type { Call } from '../run/call.js';
import { usageError, verificationError } from '../run/cli.errors.js';
import { isoTime, type Outcome, sizeText } from '../run/outcome.js';
import { readNextPassphrase, readPassphrase } from '../run/passphrase.js';
import { keyStoreStorage, type Profile, profileFolderOf, readProfile } from '../run/profile.js';

export interface UnlockedProfile {
  readonly folder: string;
  readonly profile: Profile;
  readonly keys: UnlockedKeyStore;
  readonly passphrase: string;
}

/** The keys of the profile that the call names. @throws VerificationError `crypto/open`, `cli/tampered`. */
export async function unlockProfile(call: Call): Promise<UnlockedProfile> {
  const folder = profileFolderOf(call);
  const profile = await readProfile(folder);
  const bytes = await keyStoreStorage(folder).read();
  if (bytes === undefined) throw usageError('cli/no-profile');
  const passphrase = await readPassphrase(call, folder);
  const keys = await unlockKeyStore(bytes, passphrase);
  const isSame = keys.deviceId === profile.deviceId && keys.personId === profile.personId;
  if (!isSame) throw verificationError('cli/tampered', { file: 'profile.json' });
  return { folder, profile, keys, passphrase };
}

/** `keys passphrase` without a file: fresh salt, today's cost, next generation. */
export async function changeDevicePassphrase(call: Call): Promise<Outcome> {
  const { folder, keys } = await unlockProfile(call);
  const passphrase = await readNextPassphrase(call, folder);
  const { random } = call.context;
  const cost = defaultPassphraseCost;
  const { key: passphraseKey, salt } = await newLock(passphrase, cost, random);
  const { content, generation } = keys;
  const next = new UnlockedKeyStore({ passphraseKey, salt, cost, generation, content });
  await next.save(content, keyStoreStorage(folder), random);
  next.lock();
  keys.lock();
  return { json: { changed: true }, lines: ['The passphrase was changed; the keys are the same.'] };
}

/** `keys status` */
export async function deviceKeyStatus(call: Call): Promise<Outcome> {
  const { profile, keys, folder } = await unlockProfile(call);
  const file = decodeKeyStoreFile((await keyStoreStorage(folder).read()) ?? new Uint8Array(0));
  const nowMs = call.context.clock.nowMs();
  const prekeys = keys.content.prekeys.map(({ prekeyId, notAfterMs }) => ({
    prekeyId,
    validUntil: isoTime(notAfterMs),
    isValid: nowMs < notAfterMs,
  }));
  const { passes, memoryBytes, generation } = file;
  const isFloor = passes <= floorPassphraseCost.passes && memoryBytes <= floorPassphraseCost.memoryBytes;
  const isDefault = passes >= defaultPassphraseCost.passes && memoryBytes >= defaultPassphraseCost.memoryBytes;
  const { deviceId, personId, authorityId, server } = profile;
  keys.lock();
  return {
    json: {
      deviceId,
      personId,
      authorityId,
      server: server ?? null,
      generation,
      passes,
      memoryBytes,
      isFloor,
      prekeys,
    },
    lines: [
      `device       ${deviceId}`,
      `person       ${personId}`,
      `authority    ${authorityId}`,
      `server       ${server ?? 'none yet'}`,
      `protection   Argon2id, ${passes} passes over ${sizeText(memoryBytes)}${isDefault ? '' : isFloor ? ' (the floor: for demonstrations only)' : ''}`,
      `generation   ${generation}`,
      `prekeys      ${prekeys.filter(({ isValid }) => isValid).length} valid of ${prekeys.length}`,
    ],
  };
}
