import { join } from 'node:path';
import { z } from 'zod';
import type { Stage } from '../stage.js';

const report = z.object({
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

/** `rogatory-verify` on a folder: one file in a folder of its own, given nothing but keys, policy and the copy itself. */
export async function verifyFolder(stage: Stage, folder: string, more: readonly string[] = []) {
  const { json, exitCode } = await stage.verifier(['log', folder, ...trusting(stage, folder), ...more]);
  const verdict = report.parse(json);
  return { verdict, exitCode, isSound: exitCode === 0 && verdict.claims.every(({ outcome }) => outcome !== 'fails') };
}

/** Whose words count for a copy of the log: what an auditor's client pinned, and the policy of the oversight bodies. */
export function trusting(stage: Stage, folder: string): readonly string[] {
  return ['--trust', join(folder, 'trust.json'), '--policy', stage.policyFile];
}
