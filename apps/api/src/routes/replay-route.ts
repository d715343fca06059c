import type { ReadForReplay } from '@rogatory/directory';
import { fromBase64, isRogatoryError, limits, RefusedError } from '@rogatory/kernel';
import type { Route } from './route.js';

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
      if (result === undefined) throw new RefusedError('access/refused', 'not found, or not yours to see');
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
