import { join } from 'node:path';
import { toBase64 } from '@rogatory/kernel';
import { jsonText } from '../ceremony/json-form.js';
import { makePrivateFolder, writeWhole } from '../run/files.js';
import { type DemoPerson, demoStates } from './demo-people.js';

export interface BrowserDevices<Device> {
  readonly devices: readonly Device[];
  /** Witnesses that each device pins. */
  readonly witnessPolicy: string;
  readonly keyStoreOf: (device: Device) => Uint8Array;
}

/** A folder of devices for browsers: who they are of, and one file for each. */
export async function writeBrowserDevices<Device extends { readonly person: DemoPerson }>(
  folder: string,
  wish: BrowserDevices<Device>,
): Promise<void> {
  const { devices, witnessPolicy, keyStoreOf } = wish;
  await makePrivateFolder(folder);
  const owners = new Set(devices.map(({ person }) => person.profile));
  const people = demoStates.flatMap(({ code, name, oversight, authority }) =>
    [...oversight.people, ...authority.people]
      .filter(({ profile }) => owners.has(profile))
      .map((person) => ({ ...person, state: code, stateName: name })),
  );
  const numbers = new Map<string, number>();
  await writeWhole(join(folder, 'people.json'), jsonText(people), { isPrivate: true });
  for (const device of devices) {
    const { profile } = device.person;
    const number = (numbers.get(profile) ?? 0) + 1;
    numbers.set(profile, number);
    const file = jsonText({ keyStore: toBase64(keyStoreOf(device)), witnessPolicy });
    await writeWhole(join(folder, `${profile}.${number}.json`), file, { isPrivate: true });
  }
}
