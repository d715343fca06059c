import { constants } from 'node:fs';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  abandonLog,
  type Abandonment,
  auditLogOf,
  LogReader,
  type OfferedCopy,
  openFolderSigner,
  type RecoveryOptions,
  type Refill,
  refillLog,
} from '@rogatory/audit';
import { type Clock, limits, type RandomBytes, UsageError } from '@rogatory/kernel';
import { tilePath, tilesOf } from '@rogatory/tlog';
import { isSystemError } from '@rogatory/platform-files';
import type { StoppedServer } from './stopped-server.js';

/** What a recovery draws from outside. */
export interface RecoveryWorld {
  readonly clock: Clock;
  readonly random: RandomBytes;
}

// An entry bundle of 256 records of 64 KiB is the largest file of a log.
const MAX_FILE_BYTES = 256 * (limits.maxLogEntryBytes + 2);

/** Puts the audit log of a stopped server back from a folder in the layout of tlog-tiles. @throws what `refillLog` throws. */
export async function refillFrom(server: StoppedServer, folder: string, world: RecoveryWorld): Promise<Refill> {
  return refillLog(optionsOf(server, world), await copyIn(folder));
}

/** Gives the audit log of a stopped server up and begins the next one. @throws what `abandonLog` throws. */
export async function abandon(server: StoppedServer, world: RecoveryWorld): Promise<Abandonment> {
  return abandonLog(optionsOf(server, world));
}

/**
 * Writes an audit log of a stopped server, or of a backup of one, as a folder in the layout of tlog-tiles: what a refill takes.
 * @param shard name of the log; the one that takes records if not given. @returns how many records it holds.
 * @throws UsageError `config/no-copy` where nothing was ever signed, or there is no log of that name.
 */
export async function copyLog(server: StoppedServer, folder: string, shard?: string): Promise<number> {
  const { database, auditOrigin, pastOrigins, place } = server;
  const origin = shard === undefined ? auditOrigin : `${place}/${shard}`;
  if (![...pastOrigins, auditOrigin].includes(origin))
    throw new UsageError('config/no-copy', 'there is no log of that name');
  const reader = new LogReader(database, auditLogOf(origin));
  const checkpoint = await reader.checkpoint();
  if (checkpoint === undefined) throw new UsageError('config/no-copy', 'this log was never signed');
  for (const tile of tilesOf(checkpoint.size)) {
    const path = tilePath(tile);
    const bytes = await reader.file(path);
    if (bytes === undefined)
      throw new UsageError('config/no-copy', 'a part of the stored log is missing', { details: { path } });
    await writePrivate(join(folder, path), bytes);
  }
  // Last: a folder that was cut off holds no head, and is no copy.
  await writePrivate(join(folder, 'checkpoint'), checkpoint.note);
  return checkpoint.size;
}

async function writePrivate(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, bytes, { mode: 0o600, flag: 'wx' });
}

function optionsOf(server: StoppedServer, { clock, random }: RecoveryWorld): RecoveryOptions {
  const { database, auditOrigin: origin, signerFolder, secretsFolder, witnesses } = server;
  const openSigner = (origins: readonly string[]) => openFolderSigner({ folder: signerFolder, origins, random });
  return { database, clock, random, secretsFolder, openSigner, origin, witnesses };
}

async function copyIn(folder: string): Promise<OfferedCopy> {
  const checkpoint = await readBounded(join(folder, 'checkpoint'));
  if (checkpoint === undefined) throw new UsageError('config/no-copy', 'this folder holds no copy of a log');
  return { checkpoint, tiles: { readTile: (path) => readBounded(join(folder, path)) } };
}

async function readBounded(path: string): Promise<Uint8Array | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const { size } = await file.stat();
      if (size > MAX_FILE_BYTES) throw new UsageError('config/no-copy', 'a file of the copy is too long');
      return new Uint8Array(await file.readFile());
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}
