import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock, systemRandom } from '@rogatory/kernel';
import { rootCommand } from '../commands/root.command.js';
import type { CommandSpec } from '../run/command-spec.js';
import type { CliContext } from '../run/context.js';
import type { ExitCode } from '../run/outcome.js';
import { runProgram } from '../run/program.js';

/** What takes the place of the program's own. */
interface Instead {
  readonly root?: CommandSpec;
  readonly signal?: AbortSignal;
}

export interface Said {
  readonly exitCode: ExitCode;
  readonly out: string;
  readonly error: string;
}

/** A folder of its own in which commands run in this process, with a keyboard that answers from a list. For tests. */
export class Stage {
  readonly folder: string;
  clock: Clock = systemClock;
  passphraseFile: string | undefined;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Stage> {
    return new Stage(await mkdtemp(join(tmpdir(), 'rogatory-cli-')));
  }

  close(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async run(
    words: readonly string[],
    answers: readonly string[] = [],
    { root = rootCommand, signal = new AbortController().signal }: Instead = {},
  ): Promise<Said> {
    const out: string[] = [];
    const error: string[] = [];
    const waiting = [...answers];
    const answer = async (question: string) => {
      error.push(question);
      const next = waiting.shift();
      if (next === undefined) throw new RangeError(`nobody answers: ${question}`);
      return next;
    };
    const context: CliContext = {
      console: {
        isInteractive: answers.length > 0,
        out: (text) => void out.push(text),
        error: (text) => void error.push(text),
        ask: answer,
        askSecretly: answer,
      },
      settings: { profileFolder: undefined, passphraseFile: this.passphraseFile, homeFolder: undefined },
      clock: this.clock,
      random: systemRandom,
      workingFolder: this.folder,
      signal,
    };
    const exitCode = await runProgram(root, words, context);
    return { exitCode, out: out.join('\n'), error: error.join('\n') };
  }

  /** The document of a command that must succeed, and has nothing to warn of. */
  async json(words: readonly string[], answers: readonly string[] = []): Promise<Record<string, unknown>> {
    const said = await this.run([...words, '--json'], answers);
    if (said.exitCode !== 0 || said.error.includes('warning: '))
      throw new RangeError(`${words.join(' ')}: ${said.error}`);
    return JSON.parse(said.out) as Record<string, unknown>;
  }
}
