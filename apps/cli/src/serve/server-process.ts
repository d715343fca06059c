import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { refusedError } from '../run/cli.errors.js';
import type { CliContext } from '../run/context.js';
import { harmless } from '../run/harmless.js';
import { bundledProgram } from './bundled-program.js';
import type { FailedServer, ReadyServer } from './server-line.js';

export interface RunningServer {
  readonly ready: ReadyServer;
  /** Ends with the server; the code that it ended with. */
  readonly ended: Promise<number>;
  /** Asks it to end and waits until it did. */
  stop(): Promise<void>;
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
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', bundledProgram(main, 'server')], {
    env: environment,
    // The channel carries nothing: it breaks when this process dies, however it dies, and the server ends with it.
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const stop = () => void child.kill('SIGTERM');
  context.signal.addEventListener('abort', stop, { once: true });
  process.once('exit', stop);
  const ended = endOf(child);
  const ready = await Promise.race([firstLineOf(child, context), ended.then(startError)]);
  return {
    ready,
    ended,
    stop: async () => {
      stop();
      await ended;
    },
  };
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

/**
 * Standard output of the server has one line: ready, or why it is not. Anything else is passed on. What reads the line is
 * loaded while the server starts.
 */
async function firstLineOf({ stdout }: ChildProcess, { console }: CliContext): Promise<ReadyServer> {
  const { parseServerLine } = await import('./server-line.js');
  return new Promise((done, fail) => {
    if (stdout === null) return;
    createInterface({ input: stdout }).on('line', (line) => {
      const told = parseServerLine(line.slice(0, MAX_LINE_CHARACTERS));
      if (told === undefined) console.error(harmless(line));
      else if (told.event === 'ready') done(told);
      else fail(startFailure(told));
    });
  });
}

function startFailure({ code, faults }: FailedServer): Error {
  return refusedError('cli/server-start', {
    reason: code,
    ...(faults.length > 0 ? { faults: faults.join('; ') } : {}),
  });
}
