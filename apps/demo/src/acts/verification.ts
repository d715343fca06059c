import { join } from 'node:path';
import { z } from 'zod';
import type { Stage } from '../stage.js';

const report = z.object({
  isSound: z.boolean(),
  size: z.number(),
  claims: z.array(
    z.object({
      claim: z.string(),
      outcome: z.string(),
      count: z.number(),
      firstBadIndex: z.number().optional(),
      code: z.string().optional(),
    }),
  ),
});

/** Copies of the log for whoever verifies it without the server. */
export interface ExportedLog {
  readonly folder: string;
  readonly receipts: string;
  readonly size: number;
}

/** `rogatory audit verify` on a folder, in a process that is given nothing but files: keys, policy, the copy itself. */
export async function verifyFolder(stage: Stage, folder: string, more: readonly string[] = []) {
  const trust = ['--trust', join(folder, 'trust.json'), '--policy', stage.policyFile];
  const words = ['audit', 'verify', folder, ...trust, ...more];
  const { json, exitCode } = await stage.commandOfNobody(words);
  return { verdict: report.parse(json), exitCode };
}
