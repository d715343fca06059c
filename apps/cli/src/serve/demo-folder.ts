import { join } from 'node:path';
import type { CliContext } from '../run/context.js';
import { isPresent } from '../run/files.js';
import { DEMO_BROWSER_DEVICES, DEMO_CALENDARS } from './demo-states.js';

export interface DemoFolder {
  readonly dataFolder: string;
  /** Origin that the profiles name. */
  readonly server: string;
  /** Witnesses that the profiles pin. */
  readonly witnessPolicy: string;
}

function demoFolderOf(dataFolder: string): string {
  return join(dataFolder, 'demo');
}

/**
 * Makes the fictitious federation where there is none yet; what makes it is loaded only then. @returns whether it was made
 * now.
 */
export async function ensureDemoFolder({ dataFolder, ...wish }: DemoFolder, context: CliContext): Promise<boolean> {
  const bundleFile = join(dataFolder, 'federation', 'directory.bundle');
  if (await isPresent(bundleFile)) return false;
  const { makeDemoFolder } = await import('./make-demo-folder.js');
  await makeDemoFolder({ folder: demoFolderOf(dataFolder), bundleFile, ...wish }, context);
  return true;
}

/** The working hours; undefined in a folder that was made before there were any. */
export async function demoCalendarsFile(dataFolder: string): Promise<string | undefined> {
  const path = join(demoFolderOf(dataFolder), DEMO_CALENDARS);
  return (await isPresent(path)) ? path : undefined;
}

/** Devices for browsers; undefined in a folder that was made before there were any. */
export async function demoBrowserDevices(dataFolder: string): Promise<string | undefined> {
  const path = join(demoFolderOf(dataFolder), DEMO_BROWSER_DEVICES);
  return (await isPresent(path)) ? path : undefined;
}

/** Lets the profiles name the server where it listens now. Who they are is loaded while the server starts. */
export async function pointProfilesAt(dataFolder: string, server: string): Promise<void> {
  const [{ readProfile, writeProfile }, { demoStates }] = await Promise.all([
    import('../run/profile.js'),
    import('./demo-people.js'),
  ]);
  const people = demoStates.flatMap(({ oversight, authority }) => [...oversight.people, ...authority.people]);
  for (const { profile: name } of people) {
    const path = join(demoFolderOf(dataFolder), name);
    const profile = await readProfile(path);
    if (profile.server !== server) await writeProfile(path, { ...profile, server }, { replace: true });
  }
}
