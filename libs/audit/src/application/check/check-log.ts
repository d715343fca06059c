import { equalBytes, isRogatoryError, limits } from '@rogatory/kernel';
import {
  emptyRoot,
  Frontier,
  HASH_BYTES,
  openCheckpoint,
  TILE_WIDTH,
  TileHashReader,
  tileWidth,
  treeRoot,
  TreeTail,
  type VerifierKey,
} from '@rogatory/tlog';
import type { Reader } from '@rogatory/platform-database';
import { LogFiles } from '../log/log-files.js';
import type { StoredCheckpoint, TreeHead } from '../log/log-tree.store.js';
import type { LogDatabase, TransparencyLog } from '../log/transparency-log.js';
import type { MonthKeys } from '../month-keys.js';
import type { CheckedRecord, CheckpointRange, LogCheckStore } from './log-check.store.js';
import { Findings, type LogFinding, logFindings } from './log-finding.js';
import { type IsErased, RecordCheck } from './record-check.js';
import { type ExpectedHead, type PlacedLeaf, type TileAt, TreeWalk } from './tree-walk.js';

export interface LogCheckParts {
  readonly database: Pick<LogDatabase, 'read'>;
  readonly log: TransparencyLog;
  readonly logKeys: readonly VerifierKey[];
  /** The last head that the signer signed, from its own store; undefined where it knows none. */
  readonly signedHead: () => Promise<TreeHead | undefined>;
  readonly checkpoints: (reader: Reader, range: CheckpointRange) => Promise<readonly StoredCheckpoint[]>;
  /** Size with which the log was given up, its end lost, as its signer says itself; undefined for any other log. */
  readonly abandonedSize?: () => Promise<number | undefined>;
  /** Where the leaves are audit records: their columns and openings are checked too. */
  readonly records?: RecordParts;
  /** Lets other work of the process go on between two steps. */
  readonly pause: () => Promise<void>;
}

export interface RecordParts {
  readonly store: LogCheckStore;
  readonly monthKeys: Pick<MonthKeys, 'find'>;
  /** What records of the log itself say of openings that are gone: erasures, and recoveries. */
  readonly explained: () => Promise<IsErased>;
}

export interface LogCheckScope {
  /** Only the end of the log: at least so many records, and all from an index on; the whole log where absent. */
  readonly tail?: { readonly records: number; readonly since?: number };
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** What a check came to. */
export interface LogReport {
  readonly origin: string;
  /** Records under the head of the database when the check began. */
  readonly size: number;
  /** First index that was checked. */
  readonly first: number;
  /** In the order in which they were found, up to `limits.logCheckFindings`. */
  readonly findings: readonly LogFinding[];
  /** All of them. */
  readonly findingCount: number;
}

const principal = { kind: 'job', job: 'audit-check' } as const;
const STEP_RECORDS = 2 * TILE_WIDTH;

/**
 * Derives a stored log anew: records → leaves → tiles → head → signed checkpoints, and the columns of the database from
 * leaf and opened groups. Changes nothing, whatever it finds; works in short reads beside a running server and holds two
 * tiles of records at a time.
 */
export class CheckLog {
  readonly #parts: LogCheckParts;

  constructor(parts: LogCheckParts) {
    this.#parts = parts;
  }

  /** @throws whatever the database throws; the signal's reason when it is aborted. */
  async run(scope: LogCheckScope = {}): Promise<LogReport> {
    const findings = new Findings();
    const begun = await this.#begin(findings);
    const { size, root } = begun.head;
    const start = await this.#start(begun.head, scope.tail);
    const walk = new TreeWalk({ size, findings, start, isTailIntact: begun.isTailIntact });
    const check = this.#recordCheck(findings, begun);
    const first = start.size;
    while (walk.size < size) {
      scope.signal?.throwIfAborted();
      await this.#step(walk, begun, { findings, ...(check && { check }) });
      scope.onProgress?.(walk.size, size);
    }
    if (!equalBytes(walk.root(), root)) findings.add({ code: logFindings.headMismatch, size });
    return { origin: this.#parts.log.origin, size, first, findings: findings.kept, findingCount: findings.count };
  }

  /** Everything about heads, seen in one moment; the signer is asked before, for what it signed was stored by then. */
  async #begin(findings: Findings): Promise<Begun> {
    const { database, log, records, logKeys } = this.#parts;
    const signed = await this.#parts.signedHead();
    const begun = await database.read(
      principal,
      async (reader) => {
        const head = (await log.tree.head(reader)) ?? { size: 0, root: emptyRoot() };
        const newest = [await log.tree.checkpoint(reader), await log.tree.witnessed(reader)];
        const beyond = (await records?.store.beyondHead(reader, log.origin)) ?? [];
        return { head, newest, beyond, isTailIntact: await isTailIntact(log, reader, head) };
      },
      { isolation: 'repeatable read' },
    );
    for (const place of begun.beyond) findings.add({ code: logFindings.recordBeyondHead, ...place });
    const heads: ExpectedHead[] = signed === undefined ? [] : [signed];
    for (const stored of begun.newest) {
      const opened = stored && openHead(stored, { origin: log.origin, logKeys, findings });
      if (opened !== undefined) heads.push(opened);
    }
    const largest = Math.max(0, ...heads.map(({ size }) => size));
    const isTruncated = largest > begun.head.size && (await this.#parts.abandonedSize?.()) !== largest;
    if (isTruncated) findings.add({ code: logFindings.logTruncated, index: begun.head.size, end: largest });
    return { ...begun, heads, isErased: (await records?.explained()) ?? (() => false) };
  }

  /** The tree up to where the check begins. What it is built from is compared with the heads at the end. */
  async #start({ size }: TreeHead, tail: LogCheckScope['tail']): Promise<Frontier> {
    const { database, log } = this.#parts;
    const wanted = tail === undefined ? 0 : Math.max(0, Math.min(size - tail.records, tail.since ?? size));
    const from = Math.floor(wanted / TILE_WIDTH) * TILE_WIDTH;
    if (from === 0) return new Frontier();
    try {
      return await database.read(principal, async (reader) => {
        const files = new LogFiles(log, reader, from);
        return (await TreeTail.read(files, from, await treeRoot(from, new TileHashReader(files, from)))).frontier();
      });
    } catch (error) {
      if (!isTileFault(error)) throw error;
      return new Frontier();
    }
  }

  #recordCheck(findings: Findings, { isErased }: Begun): RecordCheck | undefined {
    const { records } = this.#parts;
    if (records === undefined) return undefined;
    const monthKey = (month: string) => records.monthKeys.find(month);
    return new RecordCheck({ findings, monthKey, isErased, monthsMissing: new Set() });
  }

  async #step(walk: TreeWalk, begun: Begun, { findings, check }: Checking): Promise<void> {
    const { size } = begun.head;
    const step = await this.#read(walk.size, Math.min(STEP_RECORDS, size - walk.size), size);
    const { logKeys, log } = this.#parts;
    const stored = step.checkpoints.flatMap((note) => openHead(note, { origin: log.origin, logKeys, findings }) ?? []);
    const heads = [...begun.heads, ...stored].sort((a, b) => a.size - b.size);
    const onMismatch = (head: ExpectedHead) => findings.add({ code: logFindings.checkpointMismatch, size: head.size });
    while (walk.size < step.end) {
      const [from, to] = [walk.size, Math.min(step.end, walk.size + TILE_WIDTH)];
      const due = distinct(heads.filter((head) => head.size > from && head.size <= to));
      const leaves = step.leaves.filter(({ index }) => index >= from && index < to);
      walk.next(leaves, step.tileAt, { heads: due, onMismatch });
      await this.#parts.pause();
    }
    for (const [place, record] of step.records.entries()) {
      await check?.check(record);
      if (place % limits.logCheckRecordsPerTurn === 0) await this.#parts.pause();
    }
  }

  /** Records, the tiles over them and the checkpoints of their sizes, in one read. */
  async #read(first: number, count: number, size: number): Promise<Step> {
    const { database, log, records, checkpoints } = this.#parts;
    return database.read(principal, async (reader) => {
      const rows = records === undefined ? [] : await records.store.records(reader, first, count);
      const bare = records === undefined ? await log.leaves.read(reader, first, count) : [];
      const tiles = await readTiles(log, reader, { first, end: first + count, size });
      const range = { origin: log.origin, after: first, upTo: first + count };
      const ids = rows.map(({ columns }) => String(columns['id'] ?? ''));
      const leaves: readonly PlacedLeaf[] =
        records === undefined
          ? bare.map((leaf, place) => ({ index: first + place, leaf }))
          : rows.map(({ index, leaf }, place) => ({ index, leaf, recordId: ids[place] ?? '' }));
      return {
        ...{ end: first + count, leaves, records: rows },
        tileAt: (level, index) => tiles.get(`${level}/${index}`),
        checkpoints: await checkpoints(reader, range),
      };
    });
  }
}

interface Begun {
  readonly head: TreeHead;
  /** Of the signer, and the newest of the database. */
  readonly heads: readonly ExpectedHead[];
  readonly isTailIntact: boolean;
  readonly isErased: IsErased;
}

interface Step {
  readonly end: number;
  readonly leaves: readonly PlacedLeaf[];
  readonly records: readonly CheckedRecord[];
  readonly tileAt: TileAt;
  readonly checkpoints: readonly StoredCheckpoint[];
}

interface Checking {
  readonly findings: Findings;
  readonly check?: RecordCheck;
}

interface Opening {
  readonly origin: string;
  readonly logKeys: readonly VerifierKey[];
  readonly findings: Findings;
}

/** The head inside a stored checkpoint once the log's own signature holds; else a finding. */
function openHead({ size, note }: StoredCheckpoint, { origin, logKeys, findings }: Opening): ExpectedHead | undefined {
  try {
    const opened = openCheckpoint(note, { origin, logKeys });
    if (opened.size === size) return opened;
  } catch (error) {
    if (!isRogatoryError(error) || error.family === 'internal') throw error;
  }
  findings.add({ code: logFindings.checkpointRefused, size });
  return undefined;
}

async function isTailIntact(log: TransparencyLog, reader: Reader, { size, root }: TreeHead): Promise<boolean> {
  if (size === 0) return true;
  try {
    const stored = await treeRoot(size, new TileHashReader(new LogFiles(log, reader, size), size));
    return equalBytes(stored, root);
  } catch (error) {
    if (!isTileFault(error)) throw error;
    return false;
  }
}

/** The tiles over the leaves `[first, end)`, of every level, as wide as the size of the log makes them. */
async function readTiles(
  log: TransparencyLog,
  reader: Reader,
  { first, end, size }: { readonly first: number; readonly end: number; readonly size: number },
): Promise<ReadonlyMap<string, Uint8Array>> {
  const tiles = new Map<string, Uint8Array>();
  for (let level = 0; tileWidth(size, level, 0) > 0; level++) {
    const span = TILE_WIDTH ** (level + 1);
    for (let index = Math.floor(first / span); index * span < end; index++) {
      const width = tileWidth(size, level, index);
      const stored = await log.tree.tile(reader, level, index);
      if (stored === undefined || stored.width < width) continue;
      tiles.set(`${level}/${index}`, stored.hashes.subarray(0, width * HASH_BYTES));
    }
  }
  return tiles;
}

/** One of each: the newest checkpoint is also one of the stored ones. */
function distinct(heads: readonly ExpectedHead[]): readonly ExpectedHead[] {
  return heads.filter(
    (head, place) =>
      heads.findIndex((other) => other.size === head.size && equalBytes(other.root, head.root)) === place,
  );
}

function isTileFault(error: unknown): boolean {
  return isRogatoryError(error) && error.code.startsWith('tlog/');
}
