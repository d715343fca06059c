import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface DemoArguments {
  /** Files to exchange; none: a set made on the spot. */
  readonly files: readonly string[];
  /** Leave the data folder behind. */
  readonly isKept: boolean;
  /** Size of the generated extract, in MiB. */
  readonly extractMebibytes: number;
  /** A database on PostgreSQL in place of the embedded one; it should be empty. */
  readonly postgres: string | undefined;
  readonly isHelp: boolean;
}

const DEFAULT_EXTRACT_MEBIBYTES = 256;
const MAX_EXTRACT_MEBIBYTES = 4096;

export const usage = [
  'Usage: npm run demo -- [FILE...] [--keep] [--extract-mib N] [--postgres URL]',
  '',
  'Plays a whole exchange between two authorities on a server and data folder of its own. Without files it makes a PDF,',
  `two pictures and an extract of ${DEFAULT_EXTRACT_MEBIBYTES} MiB. Exit code 0 only if every step held.`,
].join('\n');

/** @throws TypeError for an option that is none, RangeError for a size beyond its bounds. */
export function parseArguments(words: readonly string[]): DemoArguments {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      postgres: { type: 'string' },
      'extract-mib': { type: 'string', default: String(DEFAULT_EXTRACT_MEBIBYTES) },
    },
  });
  const extractMebibytes = Number(values['extract-mib']);
  const isInBounds = Number.isInteger(extractMebibytes) && extractMebibytes >= 1;
  if (!isInBounds || extractMebibytes > MAX_EXTRACT_MEBIBYTES) {
    throw new RangeError(`--extract-mib is a whole number from 1 to ${MAX_EXTRACT_MEBIBYTES}`);
  }
  const { keep: isKept, help: isHelp, postgres } = values;
  return { files: positionals, isKept, isHelp, extractMebibytes, postgres };
}
