import { parseArgs } from 'node:util';
import { fromHex, isRogatoryError, type RandomBytes, UsageError } from '@rogatory/kernel';
import { encodeVerifierKey, parseVerifierKey } from '@rogatory/tlog';
import { type DirectorySource, isEntriesAddress } from './application/directory-source.js';
import { addPostQuantumKey, followLog, makeWitness } from './storage/witness-folder.js';

export const USAGE = `rogatory-witness: vouches that transparency logs only grow

  rogatory-witness init   --folder FOLDER --name NAME
      Makes a witness and prints its verifier key. NAME stands in every
      cosignature, for example witness.example/fr.
  rogatory-witness post-quantum --folder FOLDER
      Gives it an ML-DSA-44 key as well and prints that verifier key: from its
      next start on it signs with both.
  rogatory-witness follow --folder FOLDER KEY
      Follows one more log, named by its verifier key; also while it runs.
      A directory is followed with two more words, and replayed before each
      cosignature: --directory URL, where the server gives its entries (its
      address and /directory/replay), and --federation HASH, of the first root
      file (rogatory doctor prints it; compare it with your own record).
  rogatory-witness run    --folder FOLDER [--listen HOST:PORT]
      Answers on 127.0.0.1:7380, or where --listen says.

The folder holds the keys and the last head of every log. Keep a copy of
each seed; never start two witnesses with one key, and never put an old
copy of "heads" back: the witness would vouch for a past it has left.
`;

const HASH = /^[0-9a-f]{64}$/;

/** What the command line asks for. */
export type WitnessCommand =
  | { readonly name: 'help' }
  | { readonly name: 'init'; readonly folder: string; readonly witness: string }
  | { readonly name: 'post-quantum'; readonly folder: string }
  | { readonly name: 'follow'; readonly folder: string; readonly key: string; readonly directory?: DirectorySource }
  | { readonly name: 'run'; readonly folder: string; readonly host: string; readonly port: number };

const options = {
  folder: { type: 'string' },
  name: { type: 'string' },
  directory: { type: 'string' },
  federation: { type: 'string' },
  listen: { type: 'string', default: '127.0.0.1:7380' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** @throws UsageError `witness/arguments`. */
export function parseCommand(args: readonly string[]): WitnessCommand {
  const { values, positionals } = parsed(args);
  const [name, key, ...rest] = positionals;
  if (values.help || name === undefined || name === 'help') return { name: 'help' };
  if (rest.length > 0) throw wrong('there are too many words on the command line');
  const folder = values.folder ?? '';
  if (folder === '') throw wrong('--folder is missing');
  if (name === 'follow') {
    if (key === undefined) throw wrong('the verifier key of the log is missing');
    const directory = directoryOf(values);
    return { name, folder, key, ...(directory && { directory }) };
  }
  if (values.directory !== undefined || values.federation !== undefined) {
    throw wrong('--directory and --federation belong to a log that is followed');
  }
  if (key !== undefined) throw wrong('there are too many words on the command line');
  if (name === 'post-quantum') return { name, folder };
  if (name === 'init') {
    if (values.name === undefined) throw wrong('--name is missing');
    return { name, folder, witness: values.name };
  }
  if (name === 'run') return { name, folder, ...addressOf(values.listen) };
  throw wrong('there is no such command');
}

/** Everything but `run`: what to print. @throws what the folder throws. */
export async function carryOut(
  command: Exclude<WitnessCommand, { readonly name: 'run' }>,
  random: RandomBytes,
): Promise<string> {
  if (command.name === 'help') return USAGE;
  if (command.name === 'init') {
    return `${encodeVerifierKey(await makeWitness(command.folder, command.witness, random))}\n`;
  }
  if (command.name === 'post-quantum') return `${encodeVerifierKey(await addPostQuantumKey(command.folder, random))}\n`;
  const key = parseVerifierKey(command.key);
  await followLog(command.folder, key, command.directory);
  return `follows ${key.name}${command.directory === undefined ? '' : ' and replays its entries'}\n`;
}

/** One line for a person. */
export function failureText(error: unknown): string {
  if (isRogatoryError(error)) return `${error.message} (${error.code})\n`;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'internal';
  return `the witness cannot start (${code})\n`;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    throw new UsageError('witness/arguments', 'an option is unknown or lacks its value', { cause });
  }
}

function addressOf(text: string): { readonly host: string; readonly port: number } {
  const [, host = '', port = ''] = /^(.+):([0-9]{1,5})$/.exec(text) ?? [];
  if (host === '' || Number(port) > 65_535) throw wrong('--listen takes HOST:PORT');
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
}

interface DirectoryWords {
  readonly directory?: string | undefined;
  readonly federation?: string | undefined;
}

function directoryOf({ directory: url, federation }: DirectoryWords): DirectorySource | undefined {
  if (url === undefined && federation === undefined) return undefined;
  if (url === undefined || federation === undefined) throw wrong('--directory and --federation go together');
  if (!isEntriesAddress(url)) throw wrong('--directory takes an address with https, or with http on this machine');
  if (!HASH.test(federation)) throw wrong('--federation takes 64 hexadecimal digits');
  return { url: url.replace(/\/+$/, ''), federationHash: fromHex(federation) };
}

function wrong(message: string): UsageError {
  return new UsageError('witness/arguments', message);
}
