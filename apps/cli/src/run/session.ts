import type { Client, Concern, UnlockedKeyStore } from '@rogatory/client';
import type { Call } from './call.js';
import { usageError } from './cli.errors.js';
import { harmless } from './harmless.js';
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

/** What each concern means to who sees it. */
const concernTexts: Readonly<Record<Concern['kind'], string>> = {
  'receipt-missing': 'the server gave no receipt for an act; ask its operator why',
  'receipt-wrong': 'the server gave a receipt that does not fit the act; keep this profile, it is evidence',
  'receipt-overdue':
    'the server promised to put an act into the log and did not in time; keep this profile, it is evidence',
  'log-shrank': 'the audit log is shorter than it was; keep this profile, it is evidence',
  'box-fault': 'a key that was meant for this device cannot be opened; others were told and will send it anew',
  'bad-item': 'a member posted something that nobody can read; it is shown as unreadable, with who signed it',
  fork: 'another history was shown, to this device before or to another member; keep this profile, it is evidence; "rogatory case heads" compares',
};

/** What somebody should look at goes to standard error at once, whatever the command's own answer is. */
function tellConcern(call: Call, concern: Concern): void {
  const facts = Object.entries(concern)
    .filter(([name]) => name !== 'kind')
    .map(([name, value]) => `${name} ${harmless(String(value), 80)}`);
  const named = [concern.kind, ...facts].join(', ');
  call.context.console.error(`warning: ${concernTexts[concern.kind]} (${named})`);
}
