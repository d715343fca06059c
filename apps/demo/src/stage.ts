import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandAnswer, copyVerifier, DemoServer, rogatory, rogatoryVerify } from './command.js';
import { RoleProcess } from './role-process.js';
import type { DatabasePlace } from './thief/stolen-database.js';
import type { Transcript } from './transcript.js';

export interface StageWish {
  readonly isKept: boolean;
  readonly postgres: string | undefined;
}

/** Server, data folder and people of one demonstration. */
export class Stage {
  readonly transcript: Transcript;
  readonly folder: string;
  readonly #wish: StageWish;
  readonly #port: number;
  readonly #roles = new Set<RoleProcess>();
  #server: DemoServer | undefined;
  #verifier: Promise<string> | undefined;

  private constructor(parts: { transcript: Transcript; folder: string; wish: StageWish; port: number }) {
    this.transcript = parts.transcript;
    this.folder = parts.folder;
    this.#wish = parts.wish;
    this.#port = parts.port;
  }

  static async set(transcript: Transcript, wish: StageWish): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'rogatory-demo-'));
    return new Stage({ transcript, folder, wish, port: await freePort() });
  }

  get dataFolder(): string {
    return join(this.folder, 'data');
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The database behind the server's back. */
  get database(): DatabasePlace {
    const { postgres } = this.#wish;
    return postgres === undefined ? { dataFolder: this.dataFolder } : { postgres };
  }

  /** Witnesses of the three states and their quorum, as an auditor gets them. */
  get policyFile(): string {
    return join(this.dataFolder, 'witnesses', 'policy');
  }

  /** A folder of this demonstration. */
  async room(name: string): Promise<string> {
    const path = join(this.folder, name);
    await mkdir(path, { recursive: true, mode: 0o700 });
    return path;
  }

  profile(name: string): string {
    return join(this.dataFolder, 'demo', name);
  }

  /** @returns how long it took, in milliseconds. */
  async startServer(): Promise<number> {
    const startMs = performance.now();
    const { postgres } = this.#wish;
    this.#server = await DemoServer.start({ dataFolder: this.dataFolder, port: this.#port, postgres });
    return performance.now() - startMs;
  }

  /** @returns the exit code of the server. */
  async stopServer(): Promise<number> {
    const server = this.#server;
    this.#server = undefined;
    return server === undefined ? 0 : server.stop();
  }

  /** A person's client in its own process, logged in. */
  async person(profile: string): Promise<RoleProcess> {
    const role = await RoleProcess.start(profile, {
      profile: this.profile(profile),
      server: this.url,
      passphraseFile: this.#passphraseFile,
    });
    this.#roles.add(role);
    return role;
  }

  async dismiss(role: RoleProcess): Promise<void> {
    this.#roles.delete(role);
    await role.stop();
  }

  /** A command of the product as this person. */
  command(profile: string, words: readonly string[]): Promise<CommandAnswer> {
    return rogatory([...words, '--profile', this.profile(profile)], this.#environment());
  }

  /** A command of the product that is nobody's. */
  commandOfNobody(words: readonly string[]): Promise<CommandAnswer> {
    return rogatory(words, this.#environment());
  }

  /** The verifier of auditors and courts, alone in a folder: no server, no profile, no passphrase. */
  async verifier(words: readonly string[]): Promise<CommandAnswer> {
    this.#verifier ??= copyVerifier(await this.room('verifier'));
    return rogatoryVerify(await this.#verifier, words);
  }

  /** Ends every process that was started here, and removes the folder unless it is kept. */
  async clear(): Promise<void> {
    await Promise.all([...this.#roles].map((role) => role.stop()));
    this.#roles.clear();
    await this.stopServer();
    if (!this.#wish.isKept) await rm(this.folder, { recursive: true, force: true });
  }

  #environment() {
    return { ROGATORY_PASSPHRASE_FILE: this.#passphraseFile };
  }

  get #passphraseFile(): string {
    return join(this.dataFolder, 'demo', 'passphrase.txt');
  }
}

/** A port that nobody listens on: clients name the server before it starts. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done));
  const address = probe.address();
  await new Promise<void>((done) => probe.close(() => done()));
  if (typeof address !== 'object' || address === null) throw new Error('no free port');
  return address.port;
}
