import { type ChildProcess, spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { CliContext } from '../run/context.js';
import { harmless } from '../run/harmless.js';
import { refusedError } from '../run/cli.errors.js';
import { bundledProgram } from './bundled-program.js';

export interface WitnessPlace {
  /** Of the state, for messages. */
  readonly name: string;
  readonly folder: string;
  readonly port: number;
}

/** What of a command the witnesses need. */
export type WitnessScene = Pick<CliContext, 'console' | 'signal'>;

/** A witness that answers. */
export interface RunningWitnessProcess {
  /** Asks it to end and waits until it did. */
  stop(): Promise<void>;
}

/** A witness of a command that was killed just now may still be giving its folder back. */
const MAX_TRIES = 12;
const TRY_AGAIN_MS = 250;
const MAX_LINES = 5;

/**
 * Starts a witness as a process of its own and waits until it answers. It ends with this process, however that ends.
 * @throws RefusedError `cli/witness-start` when it does not answer.
 */
export async function startWitnessProcess(place: WitnessPlace, scene: WitnessScene): Promise<RunningWitnessProcess> {
  const main = fileURLToPath(new URL('main.js', import.meta.resolve('@rogatory/witness')));
  const program = bundledProgram(main, 'witness');
  const said: string[] = [];
  for (let tries = 0; tries < MAX_TRIES && !scene.signal.aborted; tries++) {
    if (tries > 0) await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
    said.length = 0;
    const child = spawnWitness(program, place);
    const ended = endOf(child);
    const isReady = await Promise.race([saysReady(child, said), ended.then(() => false)]);
    if (isReady) return watched(child, { place, ended, scene });
    await ended;
  }
  throw refusedError('cli/witness-start', { name: place.name, reason: harmless(said.join(' ')) });
}

function spawnWitness(program: string, { folder, port }: WitnessPlace): ChildProcess {
  const words = [program, 'run', '--folder', folder, '--listen', `127.0.0.1:${port}`];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...words], {
    // The channel carries nothing: it breaks when this process dies, and the witness ends with it.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  giveWay(child.pid);
  return child;
}

/** Everybody waits for the server that starts beside; the witnesses take what processor time it leaves. */
function giveWay(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended, or the system knows no such thing.
  }
}

/** Its first line of output says that it answers; what it says otherwise is kept, for whoever asks why it does not. */
function saysReady({ stdout, stderr }: ChildProcess, said: string[]): Promise<boolean> {
  if (stderr !== null) {
    createInterface({ input: stderr }).on('line', (line) => {
      said.push(line.slice(0, 300));
      if (said.length > MAX_LINES) said.shift();
    });
  }
  return new Promise((done) => {
    if (stdout !== null) createInterface({ input: stdout }).on('line', (line) => done(line.includes('"ready"')));
  });
}

interface Watching {
  readonly place: WitnessPlace;
  readonly ended: Promise<void>;
  readonly scene: WitnessScene;
}

function watched(child: ChildProcess, { place, ended, scene }: Watching): RunningWitnessProcess {
  let isStopping = false;
  void ended.then(() => {
    if (isStopping || scene.signal.aborted) return;
    scene.console.error(`the witness of ${place.name} has ended; start anew to have it back`);
  });
  return {
    stop: async () => {
      isStopping = true;
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    child.once('error', () => done());
    child.once('close', () => done());
  });
}
