import { parseArguments, usage } from './arguments.js';
import { runDemo } from './run-demo.js';
import { writtenTranscript } from './transcript.js';

async function main(): Promise<number> {
  try {
    const wish = parseArguments(process.argv.slice(2));
    if (wish.isHelp) {
      process.stdout.write(`${usage}\n`);
      return 0;
    }
    const transcript = writtenTranscript((text) => process.stdout.write(text), {
      isTerminal: process.stdout.isTTY,
      nowMs: () => performance.now(),
    });
    return (await runDemo(wish, transcript)) ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}\n`);
    return 2;
  }
}

const INTERRUPTED = 130;

// What was started ends with this process: clients by the end of their input, the server by a signal.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(INTERRUPTED));

process.exitCode = await main();
