import { encodeSuccessionFile } from '@rogatory/evidence';
import { z } from 'zod';
import type { Call } from '../run/call.js';
import { writeWhole } from '../run/files.js';
import { harmless } from '../run/harmless.js';
import { counted, type Outcome } from '../run/outcome.js';
import { withSession } from '../run/session.js';
import { runOperatorTask } from '../serve/operator-process.js';

const shownLog = z.object({ origin: z.string().max(300), key: z.string().max(2_000) });
const shown = z.object({
  logs: z.object({ past: z.array(shownLog).max(1_000), current: shownLog, next: shownLog }),
});
const turned = z.object({
  turn: z.object({ previousOrigin: z.string().max(300), origin: z.string().max(300), size: z.number() }).optional(),
});

/** The log that a command names with `--shard`. */
export function shardOf(call: Call): { readonly shard?: string } {
  const shard = call.optional('shard');
  return shard === undefined ? {} : { shard };
}

/** `audit shard show`: the audit logs of a server with their keys, that of the next one included. */
export async function showShards(call: Call): Promise<Outcome> {
  const { logs } = shown.parse(await runOperatorTask(call, { words: ['shards'] }));
  const { past, current, next } = logs;
  const line = (name: string, { origin, key }: z.infer<typeof shownLog>): string[] => [
    `${name}: ${harmless(origin, 300)}`,
    `  ${harmless(key, 2_000)}`,
  ];
  return {
    json: { past, current, next },
    lines: [
      ...past.flatMap((log) => line('ended', log)),
      ...line('takes records', current),
      ...line('follows', next),
      '',
      'Every witness has to take up the key of the log that follows before the half-year ends: "rogatory-witness follow".',
    ],
  };
}

/** `audit succession`: how the log after one that ended follows it, verified and written for others to verify. */
export async function exportSuccession(call: Call): Promise<Outcome> {
  const [shard, out] = [call.required('shard'), call.path(call.required('out'))];
  return withSession(call, async ({ client }) => {
    await client.server();
    const file = await client.successionFile(shard);
    await writeWhole(out, encodeSuccessionFile(file));
    const { origin, reason } = file;
    return {
      json: { origin, reason, file: out },
      lines: [
        `${harmless(origin, 300)} ended (${harmless(reason, 20)}); what follows it is in ${harmless(out, 300)}`,
        '"rogatory-verify succession" checks it under the key of the log that ended, of "rogatory audit trust --shard".',
      ],
    };
  });
}

/** `audit shard roll`: ends the log of a server now, and begins the next one. */
export async function rollShard(call: Call): Promise<Outcome> {
  const { turn } = turned.parse(await runOperatorTask(call, { words: ['turn'] }));
  if (turn === undefined) {
    return { json: { turn: null }, lines: ['Nothing was ever recorded in this log: there is nothing to end.'] };
  }
  const { previousOrigin, origin, size } = turn;
  return {
    json: { turn },
    lines: [
      `${harmless(previousOrigin, 300)} has ended with ${counted(size, 'record')}. It stays readable.`,
      `${harmless(origin, 300)} goes on. Clients follow by themselves.`,
    ],
  };
}
