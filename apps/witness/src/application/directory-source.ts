import { CodecError, fromHex, toHex } from '@rogatory/kernel';

/** Where the entries of a directory log are read, and the root file that they have to begin with. */
export interface DirectorySource {
  /** Prefix of the paths of its entry bundles, without a last slash; https, or http on the own machine. */
  readonly url: string;
  /** Hash of the federation's first root file, compared out of band. */
  readonly federationHash: Uint8Array;
}

/** The way to the entries of one log. What it gives is hostile input until it hashes to a signed head. */
export interface BundleSource {
  /**
   * The entry bundle of this index with this many entries, as bytes.
   * @throws UnavailableError `witness/entries` when it cannot be had in `limits.witnessFetchMs`, or is longer than any may be.
   */
  bundle(index: number, width: number): Promise<Uint8Array>;
}

const ORIGIN = /(^|\/)directory$/;
const LINE = /^directory ([^ ]{1,255}) ([0-9a-f]{64}) (https?:\/\/[^ ]{1,500})$/;
const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;
const HEADER =
  '# Directories that this witness replays: directory <origin> <hash of the federation> <address of the entries>';

/** SPEC: directory 13 — the origin of a directory log ends in `directory`; a log of such a name MUST be replayed. */
export function isDirectoryOrigin(origin: string): boolean {
  return ORIGIN.test(origin);
}

/**
 * Whether entries are read at an address: over https, or http to a loopback address. The witness tells there who it is and
 * gets what is for its eyes only, which nobody on the way may read.
 */
export function isEntriesAddress(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
}

/** Inverse of `encodeDirectories`. @throws CodecError `witness/directories` on a line that it did not write. */
export function parseDirectories(text: string): ReadonlyMap<string, DirectorySource> {
  const sources = new Map<string, DirectorySource>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [, origin, hash = '', url = ''] = LINE.exec(line) ?? [];
    if (origin === undefined || sources.has(origin) || !isEntriesAddress(url)) throw malformed();
    sources.set(origin, { url, federationHash: fromHex(hash) });
  }
  return sources;
}

/** @throws CodecError `witness/directories` on what cannot be written so. */
export function encodeDirectories(sources: ReadonlyMap<string, DirectorySource>): string {
  const lines = Array.from(sources, ([origin, { url, federationHash }]) => {
    const line = `directory ${origin} ${toHex(federationHash)} ${url}`;
    if (!LINE.test(line) || !isEntriesAddress(url)) throw malformed();
    return line;
  });
  return [HEADER, ...lines, ''].join('\n');
}

function malformed(): CodecError {
  return new CodecError('witness/directories', 'not a list of directories');
}
