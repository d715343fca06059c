import { auditPurposes } from '@rogatory/protocol';
import type { Call } from '../run/call.js';
import { shardOf } from './audit-shard.js';
import { isoTime, type Outcome, table } from '../run/outcome.js';
import { withSession } from '../run/session.js';

/** `audit epochs` */
export async function listEpochs(call: Call): Promise<Outcome> {
  const review = { purpose: call.choice('purpose', auditPurposes) };
  const first = call.whole('first', { min: 1, max: 500, fallback: 24 });
  const below = call.optional('below') === undefined ? {} : { below: call.whole('below', { min: 1, max: 2 ** 48 }) };
  return withSession(call, async ({ client }) => {
    await client.directory.sync();
    const { epochs, nextBelow } = await client.audit.epochs.list(review, { first, ...below, ...shardOf(call) });
    const rows = epochs.map(({ number, timeMs, size, entries, recordId }) => [
      ...[String(number), isoTime(timeMs), String(size), String(entries), recordId],
    ]);
    return {
      json: {
        epochs: epochs.map(({ number, timeMs, size, entries, recordId, index, root }) => ({
          ...{ number, at: isoTime(timeMs), size, subjects: entries, recordId, index: index ?? null },
          root: Buffer.from(root).toString('base64'),
        })),
        nextBelow: nextBelow ?? null,
      },
      lines: [
        ...table(['epoch', 'time', 'records', 'subjects', 'record'], rows),
        ...(nextBelow === undefined ? [] : ['', `More: --below ${nextBelow}`]),
      ],
    };
  });
}
