import { z } from 'zod';
import type { Call } from '../run/call.js';
import { harmless } from '../run/harmless.js';
import { counted, type Outcome } from '../run/outcome.js';
import { runOperatorTask } from '../serve/operator-process.js';

const line = z.object({
  basis: z.string().max(64),
  months: z.number(),
  kept: z.number(),
  due: z.number(),
  held: z.number(),
});
const answer = z.object({
  retention: z.object({
    lines: z.array(line).max(256),
    expired: z.number(),
    erasedByOrder: z.number(),
    holds: z.number(),
    endedMonths: z.array(z.string().max(7)).max(10_000),
  }),
});

/**
 * `audit retention`: for how long facts are kept by legal basis, what is over and would be cleared by the next run of the server's
 * job, what a hold keeps, and what went. Changes nothing.
 */
export async function showRetention(call: Call): Promise<Outcome> {
  const { retention } = answer.parse(await runOperatorTask(call, { words: ['retention'] }));
  const { lines, expired, erasedByOrder, holds, endedMonths } = retention;
  const due = lines.reduce((sum, each) => sum + each.due, 0);
  return {
    json: { ...retention, lines: lines.map((each) => ({ ...each })) },
    lines: [
      ...lines.map(
        ({ basis, months, kept, due: over, held }) =>
          `${basis === 'none' ? 'without a legal basis' : harmless(basis, 64)}: ${months} months; ` +
          `${counted(kept, 'record')} with facts, ${over} due, ${held} held beyond their time`,
      ),
      '',
      `Erased so far: ${counted(expired, 'record')} by retention, ${erasedByOrder} by order of two auditors.`,
      `${counted(holds, 'hold')} in force. ${
        endedMonths.length === 0
          ? 'No month has ended.'
          : `Months whose key is destroyed: ${endedMonths.map((month) => harmless(month, 7)).join(', ')}.`
      }`,
      due === 0 ? 'Nothing is due.' : `The next nightly run of the server clears ${counted(due, 'record')}.`,
    ],
  };
}
