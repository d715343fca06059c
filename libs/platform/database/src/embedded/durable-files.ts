import { closeSync, fdatasyncSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { NodeFS } from '@electric-sql/pglite/nodefs';

type Init = Parameters<NodeFS['init']>;
type InitResult = Awaited<ReturnType<NodeFS['init']>>;

/** The parts of emscripten's NODEFS that are used; checked at start, because they move between versions. */
interface NodeFiles {
  readonly stream_ops: { fsync?: (stream: OpenStream) => number };
  readonly realPath: (node: unknown) => string;
}
interface OpenStream {
  readonly nfd?: number;
  readonly node?: unknown;
}

function isNodeFiles(value: unknown): value is NodeFiles {
  if (typeof value !== 'object' || value === null) return false;
  const operations: unknown = Reflect.get(value, 'stream_ops');
  return typeof operations === 'object' && operations !== null && typeof Reflect.get(value, 'realPath') === 'function';
}

/** Exit code of a process whose disk failed: EX_IOERR of sysexits.h. */
const EXIT_IO_ERROR = 74;
const STANDARD_ERROR = 2;

/**
 * PGlite's folder file system with working fsync. The published one has no fsync at all, so a commit would survive a
 * killed process but not a power loss (electric-sql/pglite issue 1107).
 */
export class DurableFiles extends NodeFS {
  #syncCount = 0;

  /** How often the engine asked for durability so far; the start-up self-test refuses to serve when it stays 0. */
  get syncCount(): number {
    return this.#syncCount;
  }

  override async init(...args: Init): Promise<InitResult> {
    const result = await super.init(...args);
    const preRun = result.emscriptenOpts.preRun ?? [];
    preRun.push((module) => {
      const files: unknown = module.NODEFS;
      if (isNodeFiles(files)) files.stream_ops.fsync = (stream) => this.#sync(files, stream);
    });
    return { emscriptenOpts: { ...result.emscriptenOpts, preRun } };
  }

  #sync(files: NodeFiles, stream: OpenStream): number {
    this.#syncCount += 1;
    try {
      if (stream.nfd !== undefined) fdatasyncSync(stream.nfd);
      else if (stream.node !== undefined) syncFolder(files.realPath(stream.node));
      return 0;
    } catch (error) {
      return endProcess(error);
    }
  }
}

/**
 * After a failed fsync nobody knows what the disk holds, and asking again may answer a success that is none: PostgreSQL panics
 * and starts anew from its journal. Inside this process its panic would never return, and no signal would be heard: so
 * the process ends here, before the engine sees the failure. Nothing was acknowledged that is not on the disk.
 */
function endProcess(error: unknown): never {
  const { code = 'error' } = error as NodeJS.ErrnoException;
  writeSync(
    STANDARD_ERROR,
    `the disk of the embedded database failed (${code}): the server ends, nothing acknowledged is lost\n`,
  );
  process.exit(EXIT_IO_ERROR);
}

/** Makes created and renamed names in a folder durable. Windows has no such call and needs none. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
