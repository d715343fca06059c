import { fromBase64 } from '@rogatory/kernel';
import { z } from 'zod';
import type { Call } from '../run/call.js';
import { usageError } from '../run/cli.errors.js';
import { checkFolder, makePrivateFolder, writeWhole } from '../run/files.js';
import { harmless } from '../run/harmless.js';
import { counted, type Outcome } from '../run/outcome.js';
import { runOperatorTask } from '../serve/operator-process.js';

const refilled = z.object({
  refill: z.object({ from: z.number(), size: z.number(), lost: z.number(), nextShard: z.string().max(20).optional() }),
});
const copied = z.object({ copied: z.number() });
const abandoned = z.object({
  abandonment: z.object({
    previousOrigin: z.string().max(300),
    origin: z.string().max(300),
    size: z.number(),
    root: z.string().max(64),
    moved: z.number(),
    isWitnessed: z.boolean().optional(),
    finalCheckpoint: z.string().max(400_000),
  }),
});

/** `audit recover refill`: puts the log of a stopped server back from a copy that reaches the head its signer signed. */
export async function refillLog(call: Call): Promise<Outcome> {
  const folder = call.path(call.required('from'));
  await checkFolder(folder);
  const { refill } = refilled.parse(await runOperatorTask(call, { words: ['refill', folder] }));
  return {
    json: { ...refill },
    lines: [
      `The log is whole again: ${counted(refill.size, 'record')}, as the signer signed them; it had ${refill.from}.`,
      refill.lost === 0
        ? 'Nothing is lost: the database had every record.'
        : `Of ${counted(refill.lost, 'record')} only the leaf came back: who, what and why are lost, and recorded as lost.`,
      'Everything else that happened since the backup is lost with it.',
      refill.nextShard === undefined
        ? 'Start the server.'
        : `This log had ended: put the next one, ${harmless(refill.nextShard, 20)}, back from a copy of its own.`,
    ],
  };
}

/** `audit recover copy`: the log of a stopped server, or of a backup of its folder, as files that a refill takes. */
export async function copyLog(call: Call): Promise<Outcome> {
  const folder = call.path(call.required('out'));
  await makePrivateFolder(folder);
  const shard = call.optional('shard');
  const words = ['copy', folder, ...(shard === undefined ? [] : [shard])];
  const { copied: size } = copied.parse(await runOperatorTask(call, { words }));
  return { json: { folder, size }, lines: [`${counted(size, 'record')} in ${harmless(folder, 300)}`] };
}

/** `audit recover abandon`: gives the log of a stopped server up, and begins the next one. */
export async function abandonLog(call: Call): Promise<Outcome> {
  if (!call.flag('lostForGood')) throw usageError('cli/arguments', { option: '--lost-for-good' });
  const { abandonment } = abandoned.parse(await runOperatorTask(call, { words: ['abandon'] }));
  const { previousOrigin, origin, size, root, moved, finalCheckpoint, isWitnessed } = abandonment;
  const out = call.optional('out');
  if (out !== undefined) await writeWhole(call.path(out), fromBase64(finalCheckpoint));
  return {
    json: { previousOrigin, origin, size, root, moved },
    lines: [
      `${harmless(previousOrigin, 300)} is given up. Its last signed head: ${counted(size, 'record')}, root ${harmless(root, 64)}`,
      `${harmless(origin, 300)} goes on. Its first record names that head.`,
      `${counted(moved, 'record')} that had no index yet ${moved === 1 ? 'is' : 'are'} recorded there.`,
      ...(isWitnessed === false
        ? ['No quorum of witnesses vouches for that head any more: clients that ask for witnesses will not follow.']
        : []),
      'Tell every oversight body: the records between the backup and that head are lost, and witnesses must be told of the new log.',
    ],
  };
}
