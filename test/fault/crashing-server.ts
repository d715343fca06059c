import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import type { Configuration } from '@rogatory/platform-config';
import { ServerProcess } from './server-process.js';

const program = pathToFileURL(join(import.meta.dirname, 'crash-points.mjs')).href;

/** A place in the server, and which time of passing it is meant. */
export interface CrashPoint {
  readonly name: string;
  readonly nth: number;
}

/** A real server that ends itself with SIGKILL at a named point, and does nothing else that it would not do otherwise. */
export class CrashingServer {
  readonly #process: ServerProcess;
  readonly #folder: string;

  private constructor(process: ServerProcess, folder: string) {
    this.#process = process;
    this.#folder = folder;
  }

  static async start(configuration: Configuration): Promise<CrashingServer> {
    const folder = await mkdtemp(join(tmpdir(), 'rogatory-crash-'));
    const environment = { ROGATORY_TEST_CRASH_SOCKET: join(folder, 'socket') };
    const started = await ServerProcess.start(configuration, { before: { program, environment } });
    return new CrashingServer(started, folder);
  }

  /** Forgets what was passed so far, and counts from here. */
  async record(): Promise<void> {
    await this.#tell({ do: 'record' });
  }

  /** How often each point was passed since `record`. */
  async passed(): Promise<ReadonlyMap<string, number>> {
    return new Map(Object.entries(await this.#tell({ do: 'passed' })));
  }

  /** From here on, the n-th time that it comes to this point is its end. */
  async arm({ name, nth }: CrashPoint): Promise<void> {
    await this.#tell({ do: 'arm', point: name, nth });
  }

  /** Resolves when it has ended. */
  get ended(): Promise<unknown> {
    return this.#process.ended;
  }

  async kill(): Promise<void> {
    await this.#process.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #tell(order: object): Promise<Record<string, number>> {
    return new Promise((resolve, reject) => {
      const socket = connect(join(this.#folder, 'socket'));
      socket.once('error', reject);
      createInterface({ input: socket }).once('line', (line) => {
        socket.end();
        resolve(JSON.parse(line) as Record<string, number>);
      });
      socket.write(`${JSON.stringify(order)}\n`);
    });
  }
}
