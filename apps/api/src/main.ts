import { isRogatoryError, systemClock, systemRandom } from '@rogatory/kernel';
import { ConfigurationError, loadConfiguration } from '@rogatory/platform-config';
import { openPinoLog } from '@rogatory/platform-telemetry';
import { startServer } from './server.js';

/** One line of JSON on the standard output; everything else goes to the log on the standard error. */
function tell(line: object, done?: () => void): void {
  process.stdout.write(`${JSON.stringify(line)}\n`, done);
}

/** Tells why, and ends the process whatever is still under way in it: a server that cannot answer does not linger. */
function failed(error: unknown): void {
  const faults = error instanceof ConfigurationError ? error.faults : [];
  tell({ event: 'failed', ...reasonOf(error), faults }, () => process.exit(1));
}

function reasonOf(error: unknown): { readonly code: string; readonly message: string } {
  if (isRogatoryError(error)) return { code: error.code, message: error.message };
  const system = error instanceof Error && 'code' in error ? error.code : undefined;
  if (system === 'EADDRINUSE') return { code: 'server/port-in-use', message: 'another program listens on this port' };
  if (system === 'EACCES') return { code: 'server/port-denied', message: 'this user may not listen on this port' };
  return { code: 'internal', message: 'the server cannot start' };
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
