import { isRogatoryError, systemClock, systemRandom } from '@rogatory/kernel';
import { type Configuration, ConfigurationError, loadConfiguration } from '@rogatory/platform-config';
import { type Log, openPinoLog } from '@rogatory/platform-telemetry';
import { type KeptServer, keepServing } from './keep-serving.js';

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

/** The configuration, or one log line for each of its faults: the only lines written before the level is known. */
function configured(): Configuration {
  try {
    return loadConfiguration();
  } catch (error) {
    const log = openPinoLog({ level: 'error' });
    const faults = error instanceof ConfigurationError ? error.faults : [];
    for (const { setting } of faults) log.error('server/configuration-refused', { setting });
    throw error;
  }
}

/** Whoever starts this process with a channel wants it gone with them, however they end, also while it still starts. */
function endWithParent(end: () => void): void {
  if (process.channel === undefined) return;
  if (process.connected) process.once('disconnect', end);
  else end();
}

/** Ends once, whatever asks for it and however often. */
function stopOf(server: KeptServer, log: Log): () => void {
  let isStopping = false;
  return () => {
    if (isStopping) return;
    isStopping = true;
    server.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error('server/stop-failed', { error });
        process.exit(1);
      },
    );
  };
}

async function main(): Promise<void> {
  let end = (): void => process.exit(1);
  endWithParent(() => end());
  const configuration = configured();
  const log = openPinoLog({ level: configuration.log.level });
  try {
    const server = await keepServing({ configuration, log, clock: systemClock, random: systemRandom });
    end = stopOf(server, log);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
    const { url, federationHash, logKeys } = server.current();
    tell({ event: 'ready', url, federationHash, logKeys });
  } catch (error) {
    log.error('server/start-failed', { error });
    throw error;
  }
}

main().catch(failed);
