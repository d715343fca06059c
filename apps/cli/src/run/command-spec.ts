import type { Call } from './call.js';
import type { Outcome } from './outcome.js';

export interface OptionSpec {
  /** As commander reads them: `-k, --key <file>`, `--force`. */
  readonly flags: string;
  readonly summary: string;
  readonly isRequired?: true;
  /** May be given several times. */
  readonly isList?: true;
  readonly choices?: readonly string[];
}

export interface ArgumentSpec {
  /** `<file>` demanded, `[file]` optional, `<files...>` one or more. */
  readonly name: string;
  readonly summary: string;
}

/** One command, as data: the parser, the completion scripts and the reference are made of it. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  /** Acts as a device: takes `--profile` and a passphrase. */
  readonly needsProfile?: true;
  readonly needsPassphrase?: true;
  readonly commands?: readonly CommandSpec[];
  /** Imports what it needs when it is called, so that every command starts as fast as the smallest. */
  readonly run?: (call: Call) => Promise<Outcome>;
}

export const json: OptionSpec = { flags: '--json', summary: 'print one JSON document' };
const profile: OptionSpec = {
  flags: '-p, --profile <folder>',
  summary: 'folder of the device; else ROGATORY_PROFILE_FOLDER',
};
const passphrase: OptionSpec = {
  flags: '--passphrase-file <file>',
  summary: 'read the passphrase from its first line; else ROGATORY_PASSPHRASE_FILE, else asked',
};

/** All options that a command takes, its own first. */
export function optionsOf(spec: CommandSpec): readonly OptionSpec[] {
  if (spec.run === undefined) return [];
  return [
    ...(spec.options ?? []),
    ...(spec.needsProfile ? [profile] : []),
    ...(spec.needsProfile || spec.needsPassphrase ? [passphrase] : []),
    json,
  ];
}
