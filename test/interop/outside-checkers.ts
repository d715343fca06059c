import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where Debian keeps the sources of golang-golang-x-mod-dev, which both the checker's parts come from. */
const DEBIAN_GO_PATH = '/usr/share/gocode';
export const pythonChecker = join(import.meta.dirname, 'python/check_receipt.py');
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** One question to a checker, in the form of its batch mode. */
export interface CheckRequest {
  readonly kind: 'log' | 'receipt';
  readonly path: string;
  readonly policy: string;
  readonly leaf?: string;
  readonly earlier?: readonly string[];
  readonly now: number;
}

export interface CheckedClaim {
  readonly outcome: string;
  /** First bad index, -1 without one. */
  readonly index: number;
}

/** What is asked of every verifier, whoever wrote it. */
export interface CheckVerdict {
  readonly exitCode: number;
  readonly claims: Readonly<Record<string, CheckedClaim>>;
}

/** What the checker in Go needs and is not there; nothing when it can be built. */
export function missingForGo(): string[] {
  const missing = runs('go', 'version') ? [] : ['go'];
  const isThere = existsSync(join(DEBIAN_GO_PATH, 'src/golang.org/x/mod/sumdb/tlog/tlog.go'));
  return isThere ? missing : [...missing, 'golang-golang-x-mod-dev'];
}

export function missingForPython(): string[] {
  return ['python3', 'openssl'].filter((program) => !runs(program, program === 'openssl' ? 'version' : '--version'));
}

/** Builds the checker in Go from Debian's packages: no module is downloaded. @returns the path of the program. */
export function buildGoChecker(folder: string): string {
  const program = join(folder, 'logcheck');
  const environment = {
    ...process.env,
    GO111MODULE: 'off',
    GOPATH: DEBIAN_GO_PATH,
    GOFLAGS: '',
    GOCACHE: join(folder, 'go-build'),
  };
  const built = spawnSync('go', ['build', '-o', program, '.'], {
    cwd: join(import.meta.dirname, 'go'),
    env: environment,
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`the checker in Go cannot be built: ${built.stderr}`);
  return program;
}

/** One process for all requests. */
export async function askGo(program: string, requests: readonly CheckRequest[], list: string): Promise<CheckVerdict[]> {
  await writeFile(list, asLines(requests));
  return answers(program, ['batch', list], requests.length);
}

export async function askPython(requests: readonly CheckRequest[], list: string): Promise<CheckVerdict[]> {
  await writeFile(list, asLines(requests));
  return answers('python3', [pythonChecker, '--batch', list], requests.length);
}

/** As a person calls them. @returns the exit code and what was printed. */
export function asked(
  program: string,
  ...args: readonly string[]
): { readonly exitCode: number; readonly out: string } {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' });
  return { exitCode: status ?? -1, out: stdout };
}

function asLines(requests: readonly CheckRequest[]): string {
  return requests.map((request) => `${JSON.stringify(request)}\n`).join('');
}

function answers(program: string, args: readonly string[], expected: number): CheckVerdict[] {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES });
  const lines = stdout.split('\n').filter((line) => line !== '');
  if (lines.length !== expected) throw new Error(`${program} answered ${lines.length} of ${expected}: ${stderr}`);
  return lines.map((line) => JSON.parse(line) as CheckVerdict);
}

function runs(program: string, option: string): boolean {
  return spawnSync(program, [option], { stdio: 'ignore' }).status === 0;
}
