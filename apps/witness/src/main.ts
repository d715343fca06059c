#!/usr/bin/env node
import { systemClock, systemRandom } from '@rogatory/kernel';
import { openPinoLog } from '@rogatory/platform-telemetry';
import { carryOut, failureText, parseCommand } from './command-line.js';
import { startWitness } from './run-witness.js';

async function main(): Promise<void> {
  const command = parseCommand(process.argv.slice(2));
  if (command.name !== 'run') {
    process.stdout.write(await carryOut(command, systemRandom));
    return;
  }
  const log = openPinoLog({ level: 'info' });
  const witness = await startWitness({ ...command, clock: systemClock, random: systemRandom, log });
  let isStopping = false;
  const end = (): void => {
    if (isStopping) return;
    isStopping = true;
    witness.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error('witness/stop-failed', { error });
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
  // Whoever starts this process with a channel wants it gone with them.
  if (process.channel !== undefined) process.once('disconnect', end);
  process.stdout.write(`${JSON.stringify({ event: 'ready', url: witness.url })}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(failureText(error));
  process.exitCode = 1;
});
