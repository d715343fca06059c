import { isRogatoryError, systemClock, systemRandom, toBase64, UsageError } from '@rogatory/kernel';
import { ConfigurationError, loadConfiguration } from '@rogatory/platform-config';
import { checkLogs } from './check-logs.js';
import { abandon, copyLog, refillFrom } from './recover-log.js';
import { showRetention } from './show-retention.js';
import { showLogs, turnLog } from './turn-log.js';
import { openStoppedServer, type StoppedServer } from './stopped-server.js';

/** What the operator's commands ask of a stopped server: a word, and numbers. Answers are lines of JSON. */
const tasks: Readonly<Record<string, (words: readonly string[]) => Promise<object>>> = {
  fsck: async ([tail]) => {
    const server = await openStoppedServer(loadConfiguration(), systemClock);
    const scope = tail === undefined ? {} : { tailRecords: wholeOf(tail) };
    try {
      const reports = await checkLogs(server, systemRandom, { ...scope, onProgress: told });
      return { reports };
    } finally {
      await server.close();
    }
  },
  refill: async ([folder = '']) => recovering(async (server) => ({ refill: await refillFrom(server, folder, world) })),
  copy: async ([folder = '', shard]) => {
    const server = await openStoppedServer(loadConfiguration(), systemClock);
    try {
      return { copied: await copyLog(server, folder, shard) };
    } finally {
      await server.close();
    }
  },
  shards: async () => recovering(async (server) => ({ logs: await showLogs(server, world) })),
  turn: async () =>
    recovering(async (server) => {
      const turn = await turnLog(server, world);
      if (turn === undefined) return {};
      const { previousOrigin, origin, head } = turn;
      return { turn: { previousOrigin, origin, size: head.size } };
    }),
  retention: async () => {
    const configuration = loadConfiguration();
    const server = await openStoppedServer(configuration, systemClock);
    try {
      return { retention: await showRetention(server, configuration, systemClock) };
    } finally {
      await server.close();
    }
  },
  abandon: async () =>
    recovering(async (server) => {
      const { previousOrigin, origin, head, finalCheckpoint, ...counted } = await abandon(server, world);
      const facts = { previousOrigin, origin, size: head.size, root: toBase64(head.root), ...counted };
      return { abandonment: { ...facts, finalCheckpoint: toBase64(finalCheckpoint) } };
    }),
};

const world = { clock: systemClock, random: systemRandom };

async function recovering(work: (server: StoppedServer) => Promise<object>): Promise<object> {
  const server = await openStoppedServer(loadConfiguration(), systemClock, { refusesMigrations: false });
  try {
    return await work(server);
  } finally {
    await server.close();
  }
}

function told(done: number, total: number): void {
  tell({ event: 'progress', done, total });
}

function wholeOf(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new UsageError('config/arguments', 'not a number');
  return Number(text);
}

function tell(line: object, done?: () => void): void {
  process.stdout.write(`${JSON.stringify(line)}\n`, done);
}

function failed(error: unknown): void {
  const known = isRogatoryError(error)
    ? { code: error.code, message: error.message, details: error.details }
    : { code: 'internal', message: 'the work failed', details: {} };
  const faults = error instanceof ConfigurationError ? error.faults : [];
  tell({ event: 'failed', ...known, faults }, () => process.exit(1));
}

async function main([name = '', ...words]: readonly string[]): Promise<void> {
  if (process.channel !== undefined) process.once('disconnect', () => process.exit(1));
  const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
  if (task === undefined) throw new UsageError('config/arguments', 'no such task');
  const result = await task(words);
  tell({ event: 'done', ...result }, () => process.exit(0));
}

main(process.argv.slice(2)).catch(failed);
