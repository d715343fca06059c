import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

/** Clock ticks per second in /proc, fixed by the kernel's interface. */
const TICKS = 100;
const START_MS = 60_000;
const STOP_MS = 15_000;

/**
 * A program of the benchmark in a process of its own that says one line of JSON when it is ready.
 * @typedef {object} Started
 * @property {Record<string, unknown>} ready
 * @property {() => number} cpuMs processor time of the process so far
 * @property {() => number} rssMiB resident memory now
 * @property {() => number} peakMiB largest resident memory since the start
 * @property {(name: NodeJS.Signals) => void} signal
 * @property {() => Promise<void>} stop
 */

/** @param {string} program @param {{ args?: string[], env?: Record<string, string>, flags?: string[] }} [options] @returns {Promise<Started>} */
export async function start(program, { args = [], env = {}, flags = [] } = {}) {
  const child = spawn(process.execPath, [...flags, program, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-4_000);
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const line = await Promise.race([
    new Promise((resolve) => createInterface({ input: child.stdout }).once('line', resolve)),
    exited.then(() => undefined),
    new Promise((resolve) => setTimeout(resolve, START_MS).unref()),
  ]);
  const ready = typeof line === 'string' ? JSON.parse(line) : { event: 'silent' };
  const { pid } = child;
  if (pid === undefined || ready.event !== 'ready') {
    child.kill('SIGKILL');
    throw new Error(`${program} did not start: ${JSON.stringify(ready)} ${said}`);
  }
  const stop = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(timer);
  };
  /** @param {NodeJS.Signals} name */
  const signal = (name) => void child.kill(name);
  return { ready, signal, stop, ...meters(pid) };
}

/** What Linux knows of a process. @param {number} pid */
function meters(pid) {
  if (!existsSync('/proc/self/stat')) throw new Error('the benchmark of servers needs /proc');
  /** @param {string} name */
  const status = (name) => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(found?.[1]) / 1024;
  };
  return {
    cpuMs: () => {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
    },
    rssMiB: () => status('VmRSS'),
    peakMiB: () => status('VmHWM'),
  };
}

/** A port that was free a moment ago. @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
