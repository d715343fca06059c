import { isRogatoryError, systemClock, systemRandom } from '@rogatory/kernel';
import { ConfigurationError, loadConfiguration } from '@rogatory/platform-config';
import { openPinoLog } from '@rogatory/platform-telemetry';
import { startServer } from './server.js';

/** One line of JSON on the standard output; everything else goes to the log on the standard error. */
function tell(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function failed(error: unknown): void {
  const code = isRogatoryError(error) ? error.code : 'internal';
  const message = isRogatoryError(error) ? error.message : 'the server cannot start';
  const faults = error instanceof ConfigurationError ? error.faults : [];
  tell({ event: 'failed', code, message, faults });
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const configuration = loadConfiguration();
  const log = openPinoLog({ level: configuration.log.level });
  try {
    const server = await startServer({ configuration, log, clock: systemClock, random: systemRandom });
    tell({ event: 'ready', url: server.url, federationHash: server.federationHash });
    const stop = (): void => {
      server.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          log.error('server/stop-failed', { error });
          process.exit(1);
        },
      );
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  } catch (error) {
    log.error('server/start-failed', { error });
    throw error;
  }
}

main().catch(failed);
