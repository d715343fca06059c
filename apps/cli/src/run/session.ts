import type { Client, UnlockedKeyStore } from '@rogatory/client';
import type { Call } from './call.js';
import { usageError } from './cli.errors.js';
import { tellConcern } from './concerns.js';
import type { Outcome } from './outcome.js';
import { type Profile, stateFolder } from './profile.js';

/** What the server reads of us in audit records. */
const BUILD = 'rogatory-cli/0.1.0';

/** One device at its server, for one command. */
export interface Session {
  readonly client: Client;
  readonly profile: Profile;
  readonly folder: string;
  /** Locked when the command ends. */
  readonly keys: UnlockedKeyStore;
}

/**
 * Runs a command as the device of the profile that the call names; keys are locked and state is saved whatever happens.
 * @throws UsageError `cli/no-profile`, `cli/no-server`; what unlocking and the work throw.
 */
export async function withSession(
  call: Call,
  work: (session: Session) => Promise<Outcome>,
  server?: string,
): Promise<Outcome> {
  const { unlockProfile } = await import('../actions/key-store.js');
  const { folder, profile, keys } = await unlockProfile(call);
  const origin = server ?? call.optional('server') ?? profile.server;
  if (origin === undefined) throw usageError('cli/no-server');
  await checkAddress(origin);
  const { openProfileClient } = await import('./profile-client.js');
  const client = await openProfileClient({
    keys,
    folder,
    stateFolder: stateFolder(folder),
    server: origin,
    build: BUILD,
    onConcern: (concern) => tellConcern(call, concern),
  });
  try {
    return await work({ client, profile, folder, keys });
  } finally {
    await client.close();
  }
}

/** An address that cannot be one is told as such. @throws UsageError `cli/arguments`. */
async function checkAddress(address: string): Promise<void> {
  const { originOf } = await import('@rogatory/client');
  try {
    originOf(address);
  } catch {
    throw usageError('cli/arguments', { option: '--server', form: 'https://host, or http:// on this machine alone' });
  }
}
