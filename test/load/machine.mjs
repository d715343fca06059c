import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem, type } from 'node:os';

/** @typedef {{ cpu: string, cores: number, memoryGiB: number, system: string, node: string, postgres: string, age: string }} Machine */

/** First line that a program says of itself. @param {string} program @param {string[]} args */
export function versionOf(program, args = ['--version']) {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')[0] ?? '';
  } catch {
    return 'absent';
  }
}

/** @returns {Machine} */
export function machine() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    postgres: versionOf('psql'),
    age: versionOf('age'),
  };
}

/** @returns {number[]} load averages over 1, 5 and 15 minutes */
export function load() {
  return loadavg().map((average) => Math.round(average * 100) / 100);
}
