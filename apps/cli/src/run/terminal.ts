import { createInterface } from 'node:readline/promises';
import { usageError } from './cli.errors.js';
import type { Console } from './context.js';

const MAX_ANSWER_CHARACTERS = 2_000;
const INTERRUPT = '\u0003';
const END_OF_INPUT = '\u0004';
const BACKSPACES = new Set(['\b', '\u007f']);

/** The terminal of this process: results to standard output, all else to standard error, answers from the keyboard. */
export function processConsole(): Console {
  const { stdin, stdout, stderr } = process;
  const isInteractive = stdin.isTTY && stderr.isTTY;
  return {
    isInteractive,
    out: (text) => void stdout.write(`${text}\n`),
    error: (text) => void stderr.write(`${text}\n`),
    ask: async (question) => {
      if (!isInteractive) throw usageError('cli/no-terminal');
      const lines = createInterface({ input: stdin, output: stderr });
      try {
        return (await lines.question(question)).slice(0, MAX_ANSWER_CHARACTERS);
      } finally {
        lines.close();
      }
    },
    askSecretly: async (question) => {
      if (!isInteractive) throw usageError('cli/no-terminal');
      stderr.write(question);
      try {
        return await readSecret(stdin);
      } finally {
        stderr.write('\n');
      }
    },
  };
}

/** A line from a terminal that shows nothing of it. Ctrl-C ends the process as it would elsewhere. */
function readSecret(input: typeof process.stdin): Promise<string> {
  return new Promise((done, fail) => {
    let text = '';
    const stop = () => {
      input.off('data', take);
      input.setRawMode(false);
      input.pause();
    };
    const take = (chunk: Buffer | string) => {
      for (const character of chunk.toString()) {
        if (character === '\r' || character === '\n') {
          stop();
          done(text);
          return;
        }
        if (character === INTERRUPT || (character === END_OF_INPUT && text === '')) {
          stop();
          fail(usageError('cli/no-passphrase'));
          return;
        }
        if (BACKSPACES.has(character)) text = [...text].slice(0, -1).join('');
        else if (text.length < MAX_ANSWER_CHARACTERS) text += character;
      }
    };
    input.setRawMode(true);
    input.resume();
    input.on('data', take);
  });
}
