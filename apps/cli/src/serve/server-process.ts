import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { refusedError } from '../run/cli.errors.js';
import type { CliContext } from '../run/context.js';

/** What the server says once it answers: one JSON line. */
export interface ReadyServer {
  readonly url: string;
}

export interface RunningServer {
  readonly ready: ReadyServer;
  /** Ends with the server; the code that it ended with. */
  readonly ended: Promise<number>;
}

const MAX_LINE_CHARACTERS = 64 * 1024;

/**
 * Starts the API as a process of its own and waits until it is ready. Its log goes to standard error; a stop of this
 * command stops it. @throws RefusedError `cli/server-start` when it ends before.
 */
export async function startServerProcess(
  environment: Readonly<Record<string, string | undefined>>,
  context: CliContext,
): Promise<RunningServer> {
  const main = fileURLToPath(new URL('main.js', import.meta.resolve('@rogatory/api')));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = () => void child.kill('SIGTERM');
  context.signal.addEventListener('abort', stop, { once: true });
  process.once('exit', stop);
  const ended = endOf(child);
  const ready = await Promise.race([readyLineOf(child, context), ended.then((code) => startError(code))]);
  return { ready, ended };
}

function startError(code: number): never {
  throw refusedError('cli/server-start', { exitCode: code });
}

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => done(code ?? 1));
  });
}

/** The first line that says so; others are the server's log and pass through. */
function readyLineOf({ stdout }: ChildProcess, { console }: CliContext): Promise<ReadyServer> {
  return new Promise((done) => {
    if (stdout === null) return;
    createInterface({ input: stdout }).on('line', (line) => {
      const ready = parseReady(line.slice(0, MAX_LINE_CHARACTERS));
      if (ready === undefined) console.error(line);
      else done(ready);
    });
  });
}

/** A ready line, or undefined for any other. */
export function parseReady(line: string): ReadyServer | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    const isReady = typeof value === 'object' && value !== null && 'ready' in value && value.ready === true;
    if (!isReady || !('url' in value) || typeof value.url !== 'string') return undefined;
    return { url: new URL(value.url).origin };
  } catch {
    return undefined;
  }
}
