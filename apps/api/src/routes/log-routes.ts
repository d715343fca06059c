import { decide, type Operation } from '@rogatory/access';
import { type ActRunner, type LogReader, nothingConcerned } from '@rogatory/audit';
import type { ReadForReplay } from '@rogatory/directory';
import { fromBase64, isRogatoryError, limits, RefusedError } from '@rogatory/kernel';
import type { AuditEventCode } from '@rogatory/protocol';
import type { Route } from './route.js';

/** A log as it is served in the paths of C2SP tlog-tiles. */
export interface ServedLog {
  /** Path without its last slash, such as "/audit/log/2026h2". */
  readonly path: string;
  readonly reader: LogReader;
  readonly checkpoint: Operation;
  readonly tile: Operation;
  readonly tileEvent: AuditEventCode;
}

const PLAIN = 'text/plain; charset=utf-8';
const IMMUTABLE = 'private, max-age=31536000, immutable';

/** Checkpoints for everybody; tiles and entry bundles for those whom the policy names, each fetch recorded. */
export function logRoutes(log: ServedLog, runner: Pick<ActRunner, 'run'>): readonly Route[] {
  return [
    {
      operation: log.checkpoint,
      method: 'GET',
      url: `${log.path}/checkpoint`,
      handle: async (_context, _request, reply) => {
        const checkpoint = await log.reader.published();
        // Anybody may ask: that there is none yet is no refusal, and nothing that auditors should look at.
        if (checkpoint === undefined) return reply.code(404).type(PLAIN).send('no head of this log is published yet\n');
        return reply.header('cache-control', 'no-cache').type(PLAIN).send(Buffer.from(checkpoint.note));
      },
    },
    {
      operation: log.tile,
      method: 'GET',
      url: `${log.path}/tile/*`,
      handle: async ({ request }, { params }, reply) => {
        const path = `tile/${(params as { readonly '*': string })['*']}`;
        // Read by the log's own job before the act's transaction opens: a device's would show it its own records alone.
        const isAllowed = decide(request.principal, log.tile).isAllowed;
        const bytes = isAllowed ? await log.reader.file(path) : undefined;
        const { result } = await runner.run(request, log.tile, () => ({
          event: log.tileEvent,
          perform: async () => ({ result: bytes, what: { ...nothingConcerned, detail: path } }),
        }));
        if (result === undefined) throw notFound();
        return reply.header('cache-control', IMMUTABLE).type('application/octet-stream').send(Buffer.from(result));
      },
    },
  ];
}

/** Entry bundles of the directory for the witnesses that replay it, each by a request that it signed for that one. */
export function replayRoute(readForReplay: Pick<ReadForReplay, 'run'>): Route {
  return {
    operation: 'route.directoryReplay',
    method: 'GET',
    url: '/directory/replay/tile/*',
    handle: async ({ request }, { params, headers }, reply) => {
      const path = `tile/${(params as { readonly '*': string })['*']}`;
      const statement = statementOf(headers['rogatory-witness']);
      const { result } = await readForReplay.run(request, { path, statement });
      if (result === undefined) throw notFound();
      return reply.header('cache-control', 'no-store').type('application/octet-stream').send(Buffer.from(result));
    },
  };
}

/** What is no statement by its very form is none at all: the answer is the same. */
function statementOf(header: unknown): Uint8Array | undefined {
  if (typeof header !== 'string' || header.length > Math.ceil(limits.maxWitnessReadBytes / 3) * 4) return undefined;
  try {
    return fromBase64(header);
  } catch (error) {
    if (isRogatoryError(error)) return undefined;
    throw error;
  }
}

function notFound(): RefusedError<'access/refused'> {
  return new RefusedError('access/refused', 'not found, or not yours to see');
}
