import { type AuditReport, verifyForkFile } from '@rogatory/client';
import { limits } from '@rogatory/kernel';
import { parsePolicy, parseVerifierKey } from '@rogatory/tlog';
import type { Call } from '../run/call.js';
import { readBounded, writeWhole } from '../run/files.js';
import { harmless } from '../run/harmless.js';
import { counted, exitCodes, type Outcome } from '../run/outcome.js';
import { withSession } from '../run/session.js';
import { trustOf } from './audit.js';

/**
 * `audit fork FILE`: whether a file proves that one log signed two histories. Offline. Exit code 0: it does, and the log is
 * not to be trusted. 1: it does not. 2: called wrongly.
 */
export async function checkFork(call: Call): Promise<Outcome> {
  const proof = await readBounded(call.path(call.argument(0)), 3 * limits.maxNoteBytes);
  const trust = await trustOf(call);
  const { origin } = trust;
  const logKeys = trust.logKeys.map(parseVerifierKey);
  const policyFile = call.optional('policy');
  const policy = policyFile && parsePolicy(await readBounded(call.path(policyFile), limits.maxPolicyBytes));
  return outcomeOf(origin, verifyForkFile({ origin, logKeys, proof, ...(policy && { policy }) }));
}

function outcomeOf(origin: string, report: AuditReport): Outcome {
  const code = report.claims.find(({ claim }) => claim === 'fork')?.code;
  const name = harmless(origin, 300);
  return {
    json: { isProven: report.isSound, origin, ...(code === undefined ? {} : { code }) },
    lines: report.isSound
      ? [
          `PROVEN: the key of ${name} signed two heads that no one log can have.`,
          'Somebody was shown another history than others were. Whoever holds that key did it, or lost it.',
          'Give this file to every oversight body; each can check it with this command, and needs nothing else.',
        ]
      : [
          `Not proven: this file does not show that ${name} has two histories (${harmless(code ?? '', 60)}).`,
          'Either the heads fit each other, or one of them was not signed by the key that you trust.',
        ],
    exitCode: report.isSound ? exitCodes.done : exitCodes.failed,
  };
}

/** `audit evidence`: the proof of a fork that this device keeps, as a file for others. */
export async function exportForkProof(call: Call): Promise<Outcome> {
  const out = call.path(call.required('out'));
  return withSession(call, async ({ client }) => {
    const proof = await client.audit.forkProof();
    if (proof === undefined)
      return { json: { hasProof: false }, lines: ['This device met no fork that it can prove.'] };
    await writeWhole(out, proof);
    return {
      json: { hasProof: true, bytes: proof.length },
      lines: [`${counted(proof.length, 'byte')} of proof in ${harmless(out, 300)}; "rogatory audit fork" checks it.`],
    };
  });
}
