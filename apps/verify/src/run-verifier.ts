import { verifierExitCodes, type VerifierExitCode } from '@rogatory/evidence';
import type { Clock } from '@rogatory/kernel';
import { parseRequest, USAGE } from './command-line.js';
import { failureText, reportJson, reportText } from './report-text.js';
import { verifyEvidence } from './verify-evidence.js';

export interface VerifierOutput {
  readonly exitCode: VerifierExitCode;
  readonly out: string;
  readonly error: string;
}

/** The whole program but for its process. Never throws. */
export async function runVerifier(args: readonly string[], clock: Clock): Promise<VerifierOutput> {
  try {
    const request = parseRequest(args);
    if (request === undefined) return { exitCode: verifierExitCodes.verified, out: USAGE, error: '' };
    const verdict = await verifyEvidence(request, clock);
    const out = request.isJson ? reportJson(verdict) : reportText(verdict);
    return { exitCode: verdict.exitCode, out, error: '' };
  } catch (error) {
    return { exitCode: verifierExitCodes.notVouchedFor, out: '', error: failureText(error) };
  }
}
