#!/usr/bin/env node
import { systemClock, systemRandom } from '@rogatory/kernel';
import { readClientSettings } from '@rogatory/platform-config/client';
import { rootCommand } from './commands/root.command.js';
import type { CliContext } from './run/context.js';
import { exitCodes } from './run/outcome.js';
import { runProgram } from './run/program.js';
import { processConsole } from './run/terminal.js';

const stop = new AbortController();
let signals = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // The first asks the command to end well, the second ends it.
    signals += 1;
    if (signals > 1) process.exit(exitCodes.interrupted);
    stop.abort();
  });
}
// A reader that went away, such as "head", is no failure of ours.
process.stdout.on('error', () => process.exit(exitCodes.done));

const context: CliContext = {
  console: processConsole(),
  settings: readClientSettings(),
  clock: systemClock,
  random: systemRandom,
  workingFolder: process.cwd(),
  signal: stop.signal,
};

process.exitCode = await runProgram(rootCommand, process.argv.slice(2), context);
