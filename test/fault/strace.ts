import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the operating system does to a process, at its n-th call of some kinds from now on. */
export interface Injection {
  /** Names of system calls, as strace takes them. */
  readonly calls: readonly string[];
  /** An error that the call answers without being carried out, or the end of the process. */
  readonly fault: 'EIO' | 'ENOSPC' | 'kill';
  /** The first call that fails, from 1. */
  readonly from: number;
  /** Whether all that follow fail as well; ignored where the process ends. */
  readonly isLasting: boolean;
}

const START_MS = 10_000;

/** Whether strace is installed and may be put on another process; else why not. */
export function straceRefusal(): string | undefined {
  const probe = spawnSync('strace', ['-f', '-e', 'trace=none', '-e', 'inject=getpgid:error=EIO:when=1', 'true']);
  if (probe.error !== undefined) return 'strace is not installed';
  if (probe.status !== 0) return 'strace may not trace here';
  return undefined;
}

/** strace on a process that runs. */
export class Strace {
  readonly #file: string;
  readonly #folder: string;
  readonly #child: ReturnType<typeof spawn>;
  readonly #ended: Promise<void>;

  private constructor(folder: string, child: ReturnType<typeof spawn>) {
    this.#folder = folder;
    this.#file = join(folder, 'calls');
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('exit', () => resolve()));
  }

  /** Counts calls, and makes them fail where told. Resolves when every thread of the process is under it. */
  static async attach(pid: number, calls: readonly string[], injection?: Injection): Promise<Strace> {
    const folder = await mkdtemp(join(tmpdir(), 'rogatory-strace-'));
    const args = ['-f', '-p', String(pid), '-o', join(folder, 'calls'), '-e', `trace=${calls.join(',')}`];
    if (injection !== undefined) args.push('-e', `inject=${injectionText(injection)}`);
    const child = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const attached = new Promise<boolean>((resolve) => {
      child.stderr.on('data', (text: Buffer) => {
        if (text.includes('attached')) resolve(true);
      });
      child.once('exit', () => resolve(false));
      setTimeout(() => resolve(false), START_MS).unref();
    });
    const strace = new Strace(folder, child);
    if (await attached) return strace;
    await strace.detach();
    throw new Error('strace could not be put on the process');
  }

  /** How many calls were seen, and how many of them were made to fail. */
  get counts(): { readonly seen: number; readonly injected: number } {
    const lines = readFileSync(this.#file, 'utf8').split('\n');
    const isCall = (line: string): boolean => /^\d+ +[a-z0-9_]+\(/.test(line);
    return { seen: lines.filter(isCall).length, injected: lines.filter((line) => line.includes('(INJECTED)')).length };
  }

  /** Lets the process go; what it counted, with it. */
  async detach(): Promise<Strace['counts']> {
    this.#child.kill('SIGINT');
    await this.#ended;
    const { counts } = this;
    await rm(this.#folder, { recursive: true, force: true });
    return counts;
  }
}

function injectionText({ calls, fault, from, isLasting }: Injection): string {
  const action = fault === 'kill' ? 'signal=SIGKILL' : `error=${fault}`;
  return `${calls.join(',')}:${action}:when=${from}${isLasting && fault !== 'kill' ? '+' : ''}`;
}
