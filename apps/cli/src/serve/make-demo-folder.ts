import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { floorPassphraseCost } from '@rogatory/crypto/passphrase';
import { type KeyStoreContent, sealKeyStore } from '@rogatory/e2ee';
import type { RandomBytes } from '@rogatory/kernel';
import { currentSuite } from '@rogatory/protocol';
import { type AuthorityCalendar, calendarFile } from '@rogatory/findings';
import { encodeBundle } from '../ceremony/bundle.js';
import { encodeKeyFile, newLock, type PassphraseLock } from '../ceremony/key-file.js';
import { encodeRootFile } from '../ceremony/root-file.js';
import type { CliContext } from '../run/context.js';
import { makePrivateFolder, writeWhole } from '../run/files.js';
import { keyStoreFile, type Profile, witnessPolicyFile, writeProfile } from '../run/profile.js';
import { type DemoDevice, type DemoFederation, makeDemoFederation, writeBrowserDevices } from './demo-federation.js';
import { DEMO_BROWSER_DEVICES, DEMO_CALENDARS } from './demo-states.js';

/** It protects nothing and is printed at every start: all keys of a demonstration are for everybody. */
const DEMO_PASSPHRASE = 'rogatory demo';

/** For two windows that play one person, and a third that begins anew; then the data folder is removed. */
const BROWSER_DEVICES = 3;

export interface DemoPlaces {
  /** Folder of the profiles and root keys; replaced when a start before was stopped half-way. */
  readonly folder: string;
  readonly bundleFile: string;
  /** Origin that the profiles name. */
  readonly server: string;
  /** Witnesses that the profiles pin. */
  readonly witnessPolicy: string;
}

/** Makes the fictitious federation. Its bundle comes last: a start that is stopped half-way begins anew. */
export async function makeDemoFolder(places: DemoPlaces, context: CliContext): Promise<void> {
  const { folder: target, bundleFile, server, witnessPolicy } = places;
  const { random, clock } = context;
  // One derivation for all: a salt keeps passphrases from being guessed together, and this one is no secret.
  const lock = await newLock(DEMO_PASSPHRASE, floorPassphraseCost, random);
  const federation = makeDemoFederation({ lock, random, clock, browserDevicesEach: BROWSER_DEVICES });
  const staging = `${target}.new`;
  await rm(staging, { recursive: true, force: true });
  await writeAll({ federation, folder: staging, server, witnessPolicy, lock }, context);
  await rm(target, { recursive: true, force: true });
  await rename(staging, target);
  await makePrivateFolder(dirname(bundleFile));
  await writeWhole(bundleFile, encodeBundle(federation.directory));
}

interface Writing {
  readonly federation: DemoFederation;
  readonly folder: string;
  readonly server: string;
  readonly witnessPolicy: string;
  readonly lock: PassphraseLock;
}

async function writeAll(writing: Writing, context: CliContext): Promise<void> {
  const { federation, folder } = writing;
  await makePrivateFolder(join(folder, 'root'));
  await Promise.all([
    writeWhole(join(folder, 'passphrase.txt'), `${DEMO_PASSPHRASE}\n`, { isPrivate: true }),
    writeWhole(join(folder, DEMO_CALENDARS), calendarFile(workingHours(federation))),
    writeWhole(join(folder, 'root.json'), encodeRootFile(federation.directory)),
    ...federation.rootKeys.map((file, i) =>
      writeWhole(join(folder, 'root', `root-${i + 1}.key`), encodeKeyFile(file), { isPrivate: true }),
    ),
    ...federation.devices.map((device) => writeDevice(device, writing, context)),
    writeBrowserDevices(join(folder, DEMO_BROWSER_DEVICES), {
      devices: federation.browserDevices,
      witnessPolicy: writing.witnessPolicy,
      keyStoreOf: ({ content }) => keyStoreOf(content, writing.lock, context.random),
    }),
  ]);
}

/** Weekdays from seven to seven, the same for every authority of the demonstration. */
function workingHours({ devices }: DemoFederation): readonly AuthorityCalendar[] {
  const authorities = [...new Set(devices.map(({ content }) => content.authorityId))].sort();
  const day = [[7 * 60, 19 * 60]] as const;
  const week = [day, day, day, day, day, [], []];
  return authorities.map((authority) => ({ authority, zone: 'Europe/Brussels', week, holidays: [] }));
}

function keyStoreOf(content: KeyStoreContent, lock: PassphraseLock, random: RandomBytes): Uint8Array {
  const header = { suite: currentSuite, ...lock.cost, salt: lock.salt, generation: 1 };
  return sealKeyStore({ passphraseKey: lock.key, header, content, random });
}

async function writeDevice(device: DemoDevice, writing: Writing, { random }: CliContext): Promise<void> {
  const { content, person, postKey } = device;
  const { server } = writing;
  const folder = join(writing.folder, person.profile);
  const { deviceId, personId, authorityId, federationRootHash: rootHash } = content;
  const profile: Profile = { deviceId, personId, authorityId, rootHash, server };
  await writeProfile(folder, profile);
  await writeWhole(witnessPolicyFile(folder), writing.witnessPolicy, { isPrivate: true });
  await writeWhole(keyStoreFile(folder), keyStoreOf(content, writing.lock, random), { isPrivate: true });
  if (postKey === undefined) return;
  const name = postKey.kind === 'oversight' ? 'oversight.key' : 'registrar.key';
  await writeWhole(join(folder, name), encodeKeyFile(postKey), { isPrivate: true });
}
