import { concatBytes, parseUtf8, utf8 } from '@rogatory/kernel';
import { signCheckpoint, splitEntryBundle, tilePath, tileWidth } from '@rogatory/tlog';
import { type Draw, type Evidence, JUDGED_AT_SECONDS, oneOf, type RandomLog } from './random-logs.js';

/** What is done to an honest log. Undefined when it cannot be done to one of this size. */
type Mutation = (log: RandomLog) => Promise<Evidence | undefined> | Evidence | undefined;

export const logMutations: Readonly<Record<string, Mutation>> = {
  nothing: ({ evidence }) => evidence,
  'a bit of an entry bundle': (log) => flipped(log, isBundle),
  'a bit of a hash tile': (log) => flipped(log, isHashTile),
  'bits of two entry bundles': (log) => {
    const once = flipped(log, isBundle);
    return once && flipped(log, isBundle, once);
  },
  'two entries exchanged': (log) =>
    rebundled(log, (entries, draw) => {
      const [a, b] = [draw(entries.length), draw(entries.length)];
      return entries.with(a, entries[b] ?? utf8('')).with(b, entries[a] ?? utf8(''));
    }),
  'an entry dropped': (log) => rebundled(log, (entries, draw) => entries.toSpliced(draw(entries.length), 1)),
  'an entry twice': (log) =>
    rebundled(log, (entries, draw) => {
      const at = draw(entries.length);
      return entries.toSpliced(at, 0, entries[at] ?? utf8(''));
    }),
  'an entry of somewhere else': (log) =>
    rebundled(log, (entries, draw) => entries.with(draw(entries.length), utf8(`entry ${draw(9)}`))),
  'a file cut short': (log) => changed(log, anyFile, (bytes, draw) => bytes.slice(0, draw(bytes.length))),
  'bytes behind a file': (log) =>
    changed(log, anyFile, (bytes, draw) => concatBytes(bytes, new Uint8Array(1 + draw(40)))),
  'a file lost': (log) => changed(log, anyFile, () => undefined),
  'a partial file of another width': (log) => widthChanged(log),
  'full files in place of partial ones': (log) => filledUp(log),
  'a root that is not of these entries': async (log) => {
    const { evidence, signers, size, draw } = log;
    const root = log.tail.root().with(draw(32), draw(256));
    return size === 0 ? undefined : { ...evidence, checkpoint: await signers.head({ size, root }) };
  },
  'a head of another size': async (log) => {
    const { evidence, signers, size, draw, tail } = log;
    const claimed = Math.max(1, size - 3 + draw(7));
    return { ...evidence, checkpoint: await signers.head({ size: claimed, root: tail.root() }) };
  },
  'a head under another log key': async (log) => {
    const { evidence, size, tail } = log;
    return { ...evidence, checkpoint: await log.stranger().head({ size, root: tail.root() }) };
  },
  'a policy of other witnesses': (log) => ({ ...log.evidence, policy: mixedPolicy(log) }),
  'an older head replayed': (log) => {
    const [oldest, ...newer] = log.heads;
    return newer.length === 0 ? undefined : { ...log.evidence, checkpoint: oldest, earlier: newer };
  },
  'cosignatures missing': async (log) => {
    const { evidence, signers, size, draw, tail } = log;
    const witnesses = signers.witnesses.map((_, i) => i).filter(() => draw(2) === 0);
    return { ...evidence, checkpoint: await signers.head({ size, root: tail.root() }, { witnesses }) };
  },
  'cosignatures of tomorrow': async (log) => {
    const { evidence, signers, size, draw, tail } = log;
    const head = await signCheckpoint({ origin: signers.origin, size, root: tail.root() }, [signers.log]);
    const late = signers.witnesses.map((_, i) => i).filter(() => draw(2) === 0);
    const atSeconds = JUDGED_AT_SECONDS + 86_400;
    const some = await signers.cosigned(head, { witnesses: late, atSeconds });
    const rest = signers.witnesses.map((_, i) => i).filter((i) => !late.includes(i));
    return {
      ...evidence,
      checkpoint: withLines(some, [
        ...linesOf(some),
        ...linesOf(await signers.cosigned(head, { witnesses: rest })).slice(1),
      ]),
    };
  },
  'a bit of the head': ({ evidence, draw }) => {
    const { checkpoint } = evidence;
    return checkpoint && { ...evidence, checkpoint: withFlippedBit(checkpoint, draw(checkpoint.length * 8)) };
  },
  'a bit of a signature of the head': ({ evidence, draw }) => {
    const { checkpoint } = evidence;
    if (checkpoint === undefined) return undefined;
    const behind = parseUtf8(checkpoint).indexOf('\n\n') * 8;
    return { ...evidence, checkpoint: withFlippedBit(checkpoint, behind + draw(checkpoint.length * 8 - behind)) };
  },
  'lines of the head in another order, twice, and of strangers': async (log) => {
    const { evidence, draw, size, tail } = log;
    const lines = linesOf(evidence.checkpoint);
    const theirs = linesOf(await log.stranger().head({ size, root: tail.root() }));
    const mixed = shuffled([...lines, ...lines, ...theirs], draw);
    return { ...evidence, checkpoint: withLines(evidence.checkpoint, mixed) };
  },
  'an extension line': async (log) => {
    const { evidence, signers, size, tail } = log;
    const text = parseUtf8(await signers.head({ size, root: tail.root() })).replace('\n\n', '\nmore\n\n');
    return { ...evidence, checkpoint: utf8(text) };
  },
  'the head lost': ({ evidence }) => ({ ...evidence, checkpoint: undefined }),
  'an entry forged with all hashes above it, the old head kept': async (log) => {
    const forged = await rewritten(log);
    return forged && { ...log.evidence, files: forged.files };
  },
  'history rewritten and signed anew': async (log) => {
    const forged = await rewritten(log);
    return forged && { ...log.evidence, files: forged.files, checkpoint: forged.heads.at(-1) };
  },
  'a bit of an older head': ({ evidence, draw }) => {
    const [first, ...rest] = evidence.earlier;
    return first && { ...evidence, earlier: [...rest, withFlippedBit(first, draw(first.length * 8))] };
  },
  'a policy that cannot be read': ({ evidence, draw }) => {
    const cut = [
      evidence.policy.slice(0, -1),
      `${evidence.policy}quorum none\n`,
      evidence.policy.replace('log ', 'x '),
    ];
    return { ...evidence, policy: oneOf(draw, cut) };
  },
};

const isBundle = (path: string): boolean => path.startsWith('tile/entries/');
const isHashTile = (path: string): boolean => !isBundle(path);
const anyFile = (): boolean => true;

/** The files that belong to the newest head; older partial ones lie about as well and are read by nobody. */
function currentPaths({ size }: RandomLog): string[] {
  const paths: string[] = [];
  for (let level = 0; tileWidth(size, level, 0) > 0; level++) {
    for (let index = 0; tileWidth(size, level, index) > 0; index++) {
      const width = tileWidth(size, level, index);
      paths.push(tilePath({ kind: 'hashes', level, index, width }));
      if (level === 0) paths.push(tilePath({ kind: 'entries', index, width }));
    }
  }
  return paths;
}

function changed(
  log: RandomLog,
  isMeant: (path: string) => boolean,
  change: (bytes: Uint8Array, draw: Draw) => Uint8Array | undefined,
  before: Evidence = log.evidence,
): Evidence | undefined {
  const paths = currentPaths(log).filter(isMeant);
  if (paths.length === 0) return undefined;
  const path = oneOf(log.draw, paths);
  const files = new Map(before.files);
  const after = change(files.get(path) ?? new Uint8Array(1), log.draw);
  if (after === undefined) files.delete(path);
  else files.set(path, after);
  return { ...before, files };
}

function flipped(log: RandomLog, isMeant: (path: string) => boolean, before?: Evidence): Evidence | undefined {
  return changed(log, isMeant, (bytes, draw) => withFlippedBit(bytes, draw(bytes.length * 8)), before);
}

/** Not by the product's encoder: an entry that is dropped leaves a bundle of 0 to 257 entries. */
function rebundled(log: RandomLog, change: (entries: Uint8Array[], draw: Draw) => Uint8Array[]): Evidence | undefined {
  return changed(log, isBundle, (bytes, draw) => {
    const entries = change([...splitEntryBundle(bytes, 256).entries], draw);
    return concatBytes(...entries.flatMap((entry) => [Uint8Array.of(entry.length >> 8, entry.length & 255), entry]));
  });
}

function widthChanged(log: RandomLog): Evidence | undefined {
  const partial = currentPaths(log).filter((path) => path.includes('.p/'));
  if (partial.length === 0) return undefined;
  const path = oneOf(log.draw, partial);
  const [name = '', width = ''] = path.split('.p/');
  const other = log.draw(2) === 0 ? Number(width) - 1 : Number(width) + 1;
  const files = new Map(log.evidence.files);
  const bytes = files.get(path) ?? new Uint8Array(0);
  files.delete(path);
  return { ...log.evidence, files: files.set(other >= 256 ? name : `${name}.p/${other}`, bytes) };
}

/** A log that has grown and thrown its partial files away still serves its older head. */
function filledUp(log: RandomLog): Evidence | undefined {
  const files = new Map(log.evidence.files);
  for (const path of currentPaths(log)) {
    const [name = '', width] = path.split('.p/');
    if (width === undefined) continue;
    const missing = 256 - Number(width);
    const bytes = files.get(path) ?? new Uint8Array(0);
    const more = isBundle(path) ? new Uint8Array(2 * missing) : new Uint8Array(32 * missing).fill(log.draw(256));
    files.delete(path);
    files.set(name, concatBytes(bytes, more));
  }
  return { ...log.evidence, files };
}

function rewritten(log: RandomLog) {
  if (log.size === 0) return undefined;
  const at = log.draw(log.size);
  return log.rewritten(log.entries.with(at, log.otherEntry(at)));
}

function mixedPolicy(log: RandomLog): string {
  const theirs = log.stranger().policy(log.draw).split('\n');
  const own = log.policy.split('\n');
  return [...own.filter((line) => line.startsWith('log ')), ...theirs.filter((line) => !line.startsWith('log '))].join(
    '\n',
  );
}

function linesOf(note: Uint8Array | undefined): string[] {
  const [, lines = ''] = parseUtf8(note ?? new Uint8Array(0)).split('\n\n');
  return lines.split('\n').filter((line) => line !== '');
}

function withLines(note: Uint8Array | undefined, lines: readonly string[]): Uint8Array {
  const [text = ''] = parseUtf8(note ?? new Uint8Array(0)).split('\n\n');
  return utf8(`${text}\n\n${lines.map((line) => `${line}\n`).join('')}`);
}

function shuffled(lines: readonly string[], draw: Draw): string[] {
  const rest = [...lines];
  return lines.flatMap(() => rest.splice(draw(rest.length), 1));
}

export function withFlippedBit(bytes: Uint8Array, bit: number): Uint8Array {
  const at = Math.floor(bit / 8);
  return bytes.with(at, (bytes[at] ?? 0) ^ (1 << (bit % 8)));
}
