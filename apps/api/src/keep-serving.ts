import { limits } from '@rogatory/kernel';
import { faultReporter } from './server-log.js';
import { type RunningServer, type ServerOptions, startServer } from './server.js';

/** A server that goes on when its audit log turns. */
export interface KeptServer {
  /** The server as it runs now; another one after each turn. */
  current(): RunningServer;
  /** Resolves when no turn is under way. */
  settled(): Promise<void>;
  /** Ends for good, after a turn under way. */
  stop(): Promise<void>;
}

/**
 * Starts a server, and starts it again on the next log whenever its audit log is over: everything that names the log is made anew,
 * and nothing of the old one is left open. Clients find it gone for a moment, twice a year, and repeat what they asked.
 * @throws as `startServer` for the first start. Later ones are tried until they succeed.
 */
export async function keepServing(options: ServerOptions): Promise<KeptServer> {
  const { log } = options;
  const stopping = new AbortController();
  let turning: Promise<void> = Promise.resolve();
  const start = (given: ServerOptions): Promise<RunningServer> => {
    let isOver = false;
    const onLogOver = (): void => {
      if (isOver || stopping.signal.aborted) return;
      isOver = true;
      turning = turning.then(turn).catch(faultReporter(log, 'server/turn-failed'));
    };
    return startServer({ ...given, onLogOver });
  };
  let running = await start(options);
  // Whoever asked for any free port keeps the one that was found: clients know the server by it.
  const listen = { ...options.configuration.listen, port: Number(new URL(running.url).port) };
  const again = { ...options, configuration: { ...options.configuration, listen } };
  const turn = async (): Promise<void> => {
    if (stopping.signal.aborted) return;
    await running.stop();
    while (!stopping.signal.aborted) {
      try {
        running = await start(again);
        return;
      } catch (error) {
        log.error('server/turn-failed', { error });
        await pause(limits.restartRetryMs, stopping.signal);
      }
    }
  };
  return {
    current: () => running,
    settled: () => turning,
    stop: async () => {
      stopping.abort();
      await turning;
      await running.stop();
    },
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
