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

/**
 * How much of the processors other work takes at the moment: the share of their time that was not idle in one second in
 * which this process does nothing. A load average would still hold the section that ran before.
 * @returns {Promise<number>} 0 to 1
 */
export async function othersShare() {
  const before = processorTime();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const after = processorTime();
  return Math.round((1 - (after.idle - before.idle) / Math.max(1, after.whole - before.whole)) * 100) / 100;
}

function processorTime() {
  const times = cpus().map(({ times: { user, nice, sys, idle, irq } }) => ({
    idle,
    whole: user + nice + sys + idle + irq,
  }));
  return times.reduce((sum, { idle, whole }) => ({ idle: sum.idle + idle, whole: sum.whole + whole }), {
    idle: 0,
    whole: 0,
  });
}
