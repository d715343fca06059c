import { type ChildProcess, spawn } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { serverEnvironment } from '@rogatory/platform-config/client';

const ROGATORY = fileURLToPath(new URL('main.js', import.meta.resolve('@rogatory/cli')));
const VERIFIER = fileURLToPath(new URL('rogatory-verify.mjs', import.meta.resolve('@rogatory/verify')));
const START_MS = 120_000;

export interface CommandAnswer {
  readonly exitCode: number;
  /** The JSON that the command printed; undefined for none. */
  readonly json: unknown;
  readonly stderr: string;
}

type Environment = Readonly<Record<`ROGATORY_${string}`, string>>;

/** Runs `rogatory … --json` in a process of its own, and waits for its end. */
export function rogatory(words: readonly string[], environment: Environment): Promise<CommandAnswer> {
  return asked([ROGATORY, ...words], environment);
}

/** Copies `rogatory-verify` to a folder where nothing else lies: whoever verifies needs this one file. @returns its path. */
export async function copyVerifier(folder: string): Promise<string> {
  const path = join(folder, basename(VERIFIER));
  await copyFile(VERIFIER, path);
  return path;
}

/** Runs the verifier at this path with `--json`, and waits for its end. */
export function rogatoryVerify(path: string, words: readonly string[]): Promise<CommandAnswer> {
  return asked([path, ...words], {});
}

async function asked(words: readonly string[], environment: Environment): Promise<CommandAnswer> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...words, '--json'], {
    env: serverEnvironment(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const error: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => error.push(chunk));
  const exitCode = await endOf(child);
  const text = Buffer.concat(out).toString('utf8').trim();
  const json: unknown = text === '' ? undefined : JSON.parse(text);
  return { exitCode, json, stderr: Buffer.concat(error).toString('utf8') };
}

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => done(code ?? 1));
  });
}

/** A server of the demonstration, started by `rogatory serve --demo`. */
export class DemoServer {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number>;

  private constructor(url: string, child: ChildProcess, ended: Promise<number>) {
    this.url = url;
    this.#child = child;
    this.#ended = ended;
  }

  /** Starts it and waits until it answers. @throws Error with its own words when it does not. */
  static async start(wish: {
    readonly dataFolder: string;
    readonly port: number;
    readonly postgres: string | undefined;
  }): Promise<DemoServer> {
    const { dataFolder, port, postgres } = wish;
    const words = ['serve', '--demo', '--data', dataFolder, '--port', String(port)];
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ROGATORY, ...words], {
      env: serverEnvironment(postgres === undefined ? {} : { ROGATORY_DATABASE_URL: postgres }),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const stop = (): void => void child.kill('SIGTERM');
    process.once('exit', stop);
    const ended = endOf(child).finally(() => process.off('exit', stop));
    const said: string[] = [];
    const ready = new Promise<boolean>((done) => {
      createInterface({ input: child.stderr }).on('line', (line) => {
        said.push(line);
        if (said.length > 40) said.shift();
        if (line.includes('rogatory is ready')) done(true);
      });
      void ended.then(() => done(false));
      AbortSignal.timeout(START_MS).addEventListener('abort', () => done(false), { once: true });
    });
    if (await ready) return new DemoServer(`http://127.0.0.1:${port}`, child, ended);
    child.kill('SIGTERM');
    throw new Error(`the server did not start:\n${said.join('\n')}`);
  }

  /** Asks it to end and waits until it did. @returns its exit code. */
  stop(): Promise<number> {
    this.#child.kill('SIGTERM');
    return this.#ended;
  }
}
