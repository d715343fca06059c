import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { limits, UsageError } from '@rogatory/kernel';
import { z } from 'zod';

/** A fictitious person, as the ceremony of the demonstration wrote it down. */
export interface DemoPersonFacts {
  /** Names the person's files; such as "judge-xb". */
  readonly profile: string;
  readonly personName: string;
  readonly postName: string;
  readonly postKind: number;
  readonly state: string;
  readonly stateName: string;
}

const PEOPLE = 'people.json';
const DEVICE = /^([a-z0-9-]{1,60})\.(\d{1,4})\.json$/;
const short = z.string().min(1).max(200);
const peopleFile = z.array(
  z.strictObject({
    profile: z.string().regex(/^[a-z0-9-]{1,60}$/),
    personName: short,
    postName: short,
    postKind: z.number().int().min(1).max(255),
    state: z.string().regex(/^[A-Z]{2}$/),
    stateName: short,
  }),
);

/** Opens the folder that the ceremony made. @throws UsageError `demo/devices` for another one. */
export async function openDemoDevices(folder: string): Promise<DemoDevices> {
  try {
    const people = peopleFile
      .max(limits.maxDemoPeople)
      .parse(JSON.parse((await bounded(join(folder, PEOPLE))).toString()));
    const devices = new DemoDevices(folder, people);
    await devices.people();
    return devices;
  } catch (cause) {
    throw new UsageError('demo/devices', 'the folder of devices is not one that the demonstration made', { cause });
  }
}

/**
 * Devices of fictitious people, each for whoever asks first (ADR 0041). Which are left is what lies in the folder: two
 * servers on one folder hand none out twice, and neither does one that starts again.
 */
export class DemoDevices {
  readonly #folder: string;
  readonly #people: readonly DemoPersonFacts[];

  /** Use `openDemoDevices`. */
  constructor(folder: string, people: readonly DemoPersonFacts[]) {
    this.#folder = folder;
    this.#people = people;
  }

  /** Everybody, and how many devices are left of each. */
  async people(): Promise<readonly (DemoPersonFacts & { readonly devices: number })[]> {
    const left = await this.#left();
    return this.#people.map((person) => ({
      ...person,
      devices: left.filter(({ profile }) => profile === person.profile).length,
    }));
  }

  /** Takes a device out of the folder for good: its name, and its bytes. Undefined when none is left. */
  async take(profile: string): Promise<{ readonly name: string; readonly bytes: Buffer } | undefined> {
    for (const { name, profile: of } of await this.#left()) {
      if (of !== profile) continue;
      const taken = join(this.#folder, `${name}.taken`);
      if (!(await isMoved(join(this.#folder, name), taken))) continue;
      const bytes = await bounded(taken);
      await rm(taken);
      return { name, bytes };
    }
    return undefined;
  }

  async #left(): Promise<readonly { readonly name: string; readonly profile: string }[]> {
    const names = (await readdir(this.#folder)).sort();
    if (names.length > limits.maxDemoDevices) throw new RangeError('too many files');
    return names.flatMap((name) => {
      const [, profile] = DEVICE.exec(name) ?? [];
      return profile === undefined ? [] : [{ name, profile }];
    });
  }
}

/** Of two who rename one file, one fails. */
async function isMoved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (Reflect.get(Object(error), 'code') === 'ENOENT') return false;
    throw error;
  }
}

async function bounded(path: string): Promise<Buffer> {
  if ((await stat(path)).size > limits.maxDemoFileBytes) throw new RangeError('too large');
  return readFile(path);
}
