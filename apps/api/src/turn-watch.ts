import { isTurnDue, prepareTurn, settleLogs, shardNameOf, storedLogs, type TurnOptions } from '@rogatory/audit';
import { type Clock, limits } from '@rogatory/kernel';
import type { Log } from '@rogatory/platform-telemetry';
import { faultReporter } from './server-log.js';

/** The audit logs that a start finds, after a turn that was due or cut off. @throws as `settleLogs`. */
export async function settledLogs(
  options: TurnOptions,
  log: Log,
): Promise<{ readonly origin: string; readonly past: readonly string[] }> {
  const { origin, ends, turn, postponed } = await settleLogs(options);
  if (turn !== undefined) log.info('audit/log-turned', { origin, size: turn.head.size });
  if (postponed !== undefined) log.warn('audit/turn-postponed', { origin, error: postponed });
  return { origin, past: ends.map(({ shard }) => `${options.place}/${shard}`) };
}

/** A part of the server that looks for the end of the audit log. */
export interface TurnWatch {
  /** Looks now; answers whether the log is over. */
  look(): Promise<boolean>;
  start(): void;
  stop(): Promise<void>;
}

export interface TurnWatchParts {
  readonly options: { readonly clock: Clock; readonly log: Log; readonly onLogOver?: () => void };
  readonly turnOptions: TurnOptions;
  /** The log that this server has open. */
  readonly shard: string;
}

/**
 * Says that the log is over once its half-year is and a quorum knows the next one, or once somebody else ended it. A quorum that is
 * not ready is asked again after `limits.turnRetryMs`, and the operator told each time.
 */
export function turnWatch({ options, turnOptions, shard }: TurnWatchParts): TurnWatch {
  const { clock, log, onLogOver } = options;
  const { database, place } = turnOptions;
  let notBeforeMs = Number.NEGATIVE_INFINITY;
  const isOver = async (): Promise<boolean> => {
    const { origin, end } = await storedLogs(database, place, clock.nowMs());
    if (shardNameOf(origin) !== shard || end !== undefined) return true;
    if (!isTurnDue(shard, clock.nowMs()) || clock.monotonicMs() < notBeforeMs) return false;
    try {
      await prepareTurn(turnOptions, shard);
      return true;
    } catch (error) {
      notBeforeMs = clock.monotonicMs() + limits.turnRetryMs;
      log.warn('audit/turn-postponed', { origin, error });
      return false;
    }
  };
  const look = async (): Promise<boolean> => {
    const found = await isOver();
    if (found) onLogOver?.();
    return found;
  };
  let timer: ReturnType<typeof setInterval> | undefined;
  let looking: Promise<unknown> = Promise.resolve();
  return {
    look,
    start: () => {
      if (onLogOver === undefined) return;
      timer ??= setInterval(() => {
        looking = looking.then(look).catch(faultReporter(log, 'audit/turn-fault'));
      }, limits.turnCheckMs);
    },
    stop: async () => {
      clearInterval(timer);
      await looking;
    },
  };
}
