import { limits, parseUtf8 } from '@rogatory/kernel';
import { refusedError, usageError } from './cli.errors.js';
import type { Call } from './call.js';
import { readBounded } from './files.js';

/** Below this a guessed passphrase is cheap even at the derivation's cost. */
const MIN_NEW_CHARACTERS = 10;

/**
 * The passphrase of an existing file: from `--passphrase-file`, else from the file that the environment names, else
 * asked. Never from the command line, which other users of the machine can read.
 * @throws UsageError `cli/no-passphrase`, `cli/no-terminal`.
 */
export async function readPassphrase(call: Call, what: string): Promise<string> {
  const fromFile = await passphraseFromFile(call);
  return fromFile ?? (await call.context.console.askSecretly(`Passphrase of ${what}: `));
}

/** A passphrase for something new: from the same places, asked twice. @throws RefusedError `cli/passphrase-mismatch`. */
export async function readNewPassphrase(call: Call, what: string): Promise<string> {
  return longEnough((await passphraseFromFile(call)) ?? (await askTwice(call, what)));
}

/** The passphrase that is to replace another: from `--new-passphrase-file` only, else asked twice. @throws as above. */
export async function readNextPassphrase(call: Call, what: string): Promise<string> {
  const named = call.optional('newPassphraseFile');
  return longEnough(named === undefined ? await askTwice(call, what) : await passphraseIn(call.path(named)));
}

function longEnough(passphrase: string): string {
  if ([...passphrase].length < MIN_NEW_CHARACTERS) {
    throw refusedError('cli/passphrase-mismatch', { minCharacters: MIN_NEW_CHARACTERS });
  }
  return passphrase;
}

async function askTwice(call: Call, what: string): Promise<string> {
  const { console } = call.context;
  const passphrase = await console.askSecretly(`New passphrase of ${what}: `);
  const again = await console.askSecretly('The same again: ');
  if (passphrase !== again) throw refusedError('cli/passphrase-mismatch');
  return passphrase;
}

async function passphraseFromFile(call: Call): Promise<string | undefined> {
  const named = call.optional('passphraseFile') ?? call.context.settings.passphraseFile;
  return named === undefined ? undefined : passphraseIn(call.path(named));
}

/** The first line of a file. @throws UsageError `cli/no-passphrase`. */
async function passphraseIn(path: string): Promise<string> {
  const bytes = await readBounded(path, limits.maxPassphraseBytes + 2);
  const [line = ''] = parseUtf8(bytes).split(/\r?\n/);
  if (line === '') throw usageError('cli/no-passphrase');
  return line;
}
