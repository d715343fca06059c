import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { serverEnvironment } from '@rogatory/platform-config/client';
import type { ActorPlace, RoleEvent } from './role/actor.js';
import type { DutyAnswer, DutyInput, DutyName } from './role/duties.js';

const PROGRAM = fileURLToPath(new URL('./role/main.js', import.meta.url));
const LONGEST_ANSWER_MS = 15 * 60_000;

/** What a role refused or could not do. */
export class RoleError extends Error {
  readonly code: string;

  constructor(role: string, duty: string, { code, message }: { readonly code: string; readonly message: string }) {
    super(`${role}, asked to ${duty}: ${code} (${message})`);
    this.code = code;
  }
}

type Line =
  | { readonly id: number; readonly answer: never }
  | { readonly id: number; readonly error: { readonly code: string; readonly message: string } }
  | { readonly event: 'ready' }
  | RoleEvent;

interface Waiting {
  readonly duty: string;
  readonly done: (answer: never) => void;
  readonly fail: (error: Error) => void;
}

/** One person's client in a process of its own, with its own profile folder. */
export class RoleProcess {
  readonly name: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #events: RoleEvent[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #ended: Promise<void>;
  #onProgress: ((doneBytes: number, totalBytes: number) => void) | undefined;
  #isReady = false;
  #isOver = false;
  #lastId = 0;

  private constructor(name: string, place: ActorPlace) {
    this.name = name;
    this.#child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', PROGRAM, place.profile, place.server],
      {
        env: serverEnvironment({ ROGATORY_PASSPHRASE_FILE: place.passphraseFile }),
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    this.#child.stdin.on('error', () => undefined); // a child that is gone shows by its end
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#hear(JSON.parse(line) as Line));
    this.#ended = new Promise((done) => {
      this.#child.once('error', () => done());
      this.#child.once('close', () => done());
    });
    void this.#ended.then(() => this.#over());
  }

  /** Starts the process and unlocks the keys of the profile. */
  static async start(name: string, place: ActorPlace): Promise<RoleProcess> {
    const role = new RoleProcess(name, place);
    await role.until(() => role.#isReady, LONGEST_ANSWER_MS);
    return role;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What the role said without being asked. */
  get events(): readonly RoleEvent[] {
    return this.#events;
  }

  /** @throws RoleError with the code of what was refused. */
  ask<Name extends DutyName>(duty: Name, input: DutyInput<Name>): Promise<DutyAnswer<Name>> {
    const id = ++this.#lastId;
    const answer = new Promise<DutyAnswer<Name>>((done, fail) => this.#waiting.set(id, { duty, done, fail }));
    if (this.#isOver) this.#over();
    else this.#child.stdin.write(`${JSON.stringify({ id, duty, input })}\n`);
    return answer;
  }

  /** As `ask`, for long work: tells how far it is. */
  async askLong<Name extends DutyName>(
    duty: Name,
    input: DutyInput<Name>,
    onProgress: (doneBytes: number, totalBytes: number) => void,
  ): Promise<DutyAnswer<Name>> {
    this.#onProgress = onProgress;
    try {
      return await this.ask(duty, input);
    } finally {
      this.#onProgress = undefined;
    }
  }

  /** Waits until something holds. @returns whether it did within the time. */
  async until(holds: () => boolean, withinMs: number): Promise<boolean> {
    const timer = AbortSignal.timeout(withinMs);
    while (!holds() && !timer.aborted && !this.#isOver) {
      await new Promise<void>((wake) => {
        const done = (): void => {
          this.#listeners.delete(done);
          timer.removeEventListener('abort', done);
          wake();
        };
        this.#listeners.add(done);
        timer.addEventListener('abort', done, { once: true });
      });
    }
    return holds();
  }

  /** Ends the process well. */
  async stop(): Promise<void> {
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await this.#ended;
    clearTimeout(timer);
  }

  #hear(line: Line): void {
    if ('id' in line) this.#settle(line);
    else if (line.event === 'ready') this.#isReady = true;
    else if (line.event === 'progress') this.#onProgress?.(line.doneBytes, line.totalBytes);
    else this.#events.push(line);
    this.#wake();
  }

  #settle(line: Extract<Line, { readonly id: number }>): void {
    const waiting = this.#waiting.get(line.id);
    this.#waiting.delete(line.id);
    if (waiting === undefined) return;
    if ('error' in line) waiting.fail(new RoleError(this.name, waiting.duty, line.error));
    else waiting.done(line.answer);
  }

  #over(): void {
    this.#isOver = true;
    const error = { code: 'ended', message: 'the process is gone' };
    for (const { duty, fail } of this.#waiting.values()) fail(new RoleError(this.name, duty, error));
    this.#waiting.clear();
    this.#wake();
  }

  #wake(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
