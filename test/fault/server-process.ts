import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { Configuration } from '@rogatory/platform-config';

/** What runs: the built server. */
export const serverProgram = join(import.meta.dirname, '..', '..', 'apps', 'api', 'dist', 'main.js');

const END_MS = 10_000;

export interface ServerProcessOptions {
  /** File that takes what the server logs; nothing is kept where it is left out. */
  readonly logFile?: string;
  readonly logLevel?: Configuration['log']['level'];
  /** Loopback port for metrics; none where left out. */
  readonly metricsPort?: number;
  /** What is loaded before the server, and what it is told. */
  readonly before?: { readonly program: string; readonly environment: Readonly<Record<string, string>> };
}

/** The built server in a process of its own, which can be killed at any moment. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  /** Everything that it said on its standard output. */
  readonly said: string[] = [];

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  }

  /** Resolves when it answers. @throws when it says that it cannot start, or ends. */
  static async start(configuration: Configuration, options: ServerProcessOptions = {}): Promise<ServerProcess> {
    const log = options.logFile === undefined ? undefined : openSync(options.logFile, 'a', 0o600);
    const before = options.before === undefined ? [] : ['--import', options.before.program];
    const child = spawn(process.execPath, [...before, serverProgram], {
      env: {
        PATH: process.env['PATH'],
        ...environmentOf(configuration, options),
        ...options.before?.environment,
      },
      stdio: ['ignore', 'pipe', log ?? 'ignore'],
    });
    if (log !== undefined) closeSync(log);
    const server = new ServerProcess(child);
    await server.#ready();
    return server;
  }

  /** Number of the process, while it runs. */
  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('the server does not run');
    return pid;
  }

  /** Resolves when it has ended, by whomever. */
  get ended(): Promise<unknown> {
    return this.#ended;
  }

  /** Nothing is flushed, nothing is told. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** @returns the exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.#ended;
  }

  async #ready(): Promise<void> {
    const { stdout } = this.#child;
    if (stdout === null) throw new Error('the server has no output');
    const lines = createInterface({ input: stdout });
    const first = new Promise<string>((resolve) => {
      lines.on('line', (line) => {
        this.said.push(line);
        resolve(line);
      });
    });
    const line = await Promise.race([first, this.#ended]);
    if (typeof line !== 'string') throw new Error(`the server ended before it was ready, with ${line}`);
    const told: unknown = JSON.parse(line);
    const isReady = typeof told === 'object' && told !== null && 'event' in told && told.event === 'ready';
    if (isReady) return;
    const hasEnded = await Promise.race([this.#ended.then(() => true), pause(END_MS, false, { ref: false })]);
    if (!hasEnded) this.#child.kill('SIGKILL');
    throw new Error(hasEnded ? line : `a server that could not start did not end: ${line}`);
  }
}

function environmentOf(
  { profile, dataFolder, listen, publicUrl, audit, database }: Configuration,
  { logLevel = 'error', metricsPort }: ServerProcessOptions,
): Record<string, string> {
  return {
    ROGATORY_PROFILE: profile,
    ROGATORY_DATA_FOLDER: dataFolder,
    ROGATORY_LISTEN_PORT: String(listen.port),
    ROGATORY_AUDIT_ORIGIN: audit.origin,
    ROGATORY_AUDIT_SIGNER_FOLDER: audit.signerFolder,
    ROGATORY_LOG_LEVEL: logLevel,
    ...(publicUrl === undefined ? {} : { ROGATORY_PUBLIC_URL: publicUrl }),
    ...(metricsPort === undefined ? {} : { ROGATORY_METRICS_PORT: String(metricsPort) }),
    ...(database.kind === 'postgres'
      ? { ROGATORY_DATABASE_URL: database.url, ROGATORY_DATABASE_POOL_SIZE: String(database.poolSize) }
      : {}),
  };
}
