import { Readable } from 'node:stream';
import type { Principal } from '@rogatory/access';
import { type AuditScope, type ExportRecords, parsePurpose } from '@rogatory/audit';
import { CodecError, toBase64 } from '@rogatory/kernel';
import type { Route } from './route.js';

export interface ExportRouteParts {
  readonly exportRecords: Pick<ExportRecords, 'run'>;
  /** Whose records somebody may open. */
  readonly scopeOf: (principal: Principal | undefined) => AuditScope;
  /** Whether the device and its owner are still whom the directory lets act. */
  readonly isLive: (principal: Principal) => boolean;
}

const INDEX = /^(?:0|[1-9]\d{0,14})$/;

/** Ranges of the audit log for auditors, as NDJSON behind one line with the promise of the export's own record. */
export function exportRoutes({ exportRecords, scopeOf, isLive }: ExportRouteParts): readonly Route[] {
  return [
    {
      operation: 'route.auditExport',
      method: 'GET',
      url: '/audit/export',
      handle: async ({ request: ctx }, request, reply) => {
        const { purpose, first, end, shard } = request.query as Readonly<Record<string, unknown>>;
        const range = {
          first: indexOf(first),
          ...(end === undefined ? {} : { end: indexOf(end) }),
          ...(typeof shard === 'string' ? { shard } : {}),
        };
        const wish = { purpose: parsePurpose(String(purpose)), range, scope: scopeOf(ctx.principal) };
        const { recordId, promise, lines } = await exportRecords.run(ctx, wish, isLive);
        const receipt = `${JSON.stringify({ recordId, promise: toBase64(promise) })}\n`;
        const stream = Readable.from(withReceipt(receipt, lines), { objectMode: false });
        // The transport sees the broken transfer; without a listener the error would end the process.
        stream.on('error', () => undefined);
        return reply.header('cache-control', 'no-store').type('application/x-ndjson').send(stream);
      },
    },
  ];
}

async function* withReceipt(receipt: string, lines: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(receipt);
  yield* lines;
}

function indexOf(text: unknown): number {
  if (typeof text !== 'string' || !INDEX.test(text)) throw new CodecError('codec/range', 'not an index of a log');
  return Number(text);
}
