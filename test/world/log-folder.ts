import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { tilePath, tilesOf } from '@rogatory/tlog';
import type { World } from './world.js';

/** Writes the files of a log into a folder, as the server shows them. @param shard name of the log. */
export async function writeLogFolder(world: World, shard: string, folder: string): Promise<void> {
  const reader = world.server.features.audit.logs.of(shard);
  const checkpoint = await reader?.published();
  if (reader === undefined || checkpoint === undefined) throw new Error('no log');
  for (const tile of tilesOf(checkpoint.size)) {
    const path = join(folder, tilePath(tile));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, (await reader.file(tilePath(tile))) ?? new Uint8Array(0));
  }
  await writeFile(join(folder, 'checkpoint'), checkpoint.note);
}
