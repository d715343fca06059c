import { z } from 'zod';
import type { Call } from '../run/call.js';
import { harmless } from '../run/harmless.js';
import { counted, exitCodes, type Outcome } from '../run/outcome.js';
import { progressBar } from '../run/progress-bar.js';
import { runOperatorTask } from '../serve/operator-process.js';

const finding = z.object({
  code: z.string().max(60),
  index: z.number().optional(),
  end: z.number().optional(),
  recordId: z.string().max(64).optional(),
  column: z.string().max(64).optional(),
  group: z.string().max(16).optional(),
  tile: z.string().max(200).optional(),
  size: z.number().optional(),
  month: z.string().max(7).optional(),
});
const report = z.object({
  origin: z.string().max(300),
  size: z.number(),
  first: z.number(),
  findings: z.array(finding).max(10_000),
  findingCount: z.number(),
});
const answer = z.object({ reports: z.array(report).max(16) });
type Finding = z.infer<typeof finding>;

const TAIL_RECORDS = '65536';

/**
 * `audit fsck`: derives the logs of a server anew from what is stored, and names what differs. Exit code 0: nothing does.
 * 1: something does. 2: it could not be checked.
 */
export async function checkStoredLogs(call: Call): Promise<Outcome> {
  const bar = await progressBar(call, 'checking', (count) => `${count} records`);
  try {
    const told = await runOperatorTask(call, {
      words: ['fsck', ...(call.flag('tail') ? [TAIL_RECORDS] : [])],
      onProgress: (done, total) => bar.update({ doneBytes: done, totalBytes: total }),
    });
    return outcomeOf(answer.parse(told).reports);
  } finally {
    bar.stop();
  }
}

function outcomeOf(reports: readonly z.infer<typeof report>[]): Outcome {
  const isSound = reports.every(({ findingCount }) => findingCount === 0);
  return {
    json: {
      isSound,
      logs: reports.map((each) => ({ ...each, findings: each.findings.map((found) => ({ ...found })) })),
    },
    lines: [
      ...reports.flatMap(({ origin, size, first, findings, findingCount }) => [
        `${harmless(origin, 300)}: ${counted(size - first, 'record')} from index ${first} on, ` +
          (findingCount === 0 ? 'nothing differs' : `${counted(findingCount, 'thing differs', 'things differ')}:`),
        ...findings.map((found) => `  ${describe(found)}`),
        ...(findingCount > findings.length ? [`  and ${findingCount - findings.length} more`] : []),
      ]),
      '',
      isSound
        ? 'What is stored is what was recorded.'
        : 'What is stored is NOT what was recorded. Nothing was changed; keep the folder as it is: it is evidence.',
    ],
    exitCode: isSound ? exitCodes.done : exitCodes.failed,
  };
}

function describe({ code, index, end, recordId, column, group, tile, size, month }: Finding): string {
  const parts = [
    code,
    ...(index === undefined ? [] : [end === undefined ? `index ${index}` : `indices ${index} to ${end - 1}`]),
    ...(recordId === undefined ? [] : [`record ${recordId}`]),
    ...(column === undefined ? [] : [`column ${column}`]),
    ...(group === undefined ? [] : [`group ${group}`]),
    ...(tile === undefined ? [] : [tile]),
    ...(size === undefined ? [] : [`head of ${counted(size, 'record')}`]),
    ...(month === undefined ? [] : [`month ${month}`]),
  ];
  return harmless(parts.join(', '), 400);
}
