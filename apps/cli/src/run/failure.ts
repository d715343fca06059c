import { isRogatoryError, type RogatoryError } from '@rogatory/kernel';
import type { CliContext } from './context.js';
import { harmless, harmlessJson } from './harmless.js';
import { hintFor } from './hints.js';
import { exitCodes, type ExitCode, type Json } from './outcome.js';

/**
 * Tells a failure: one line of what, its facts, and a hint on standard error; with `--json` also a document on standard
 * output. A failure that is not ours shows neither text nor stack, for it may quote what it must not.
 */
export function reportFailure(error: unknown, wantsJson: boolean, { console }: CliContext): ExitCode {
  const failure = isRogatoryError(error) ? describe(error) : unexpected(error);
  if (wantsJson) console.out(harmlessJson({ error: failure.json }, 2));
  for (const line of failure.lines) console.error(line);
  return isRogatoryError(error) && error.family === 'usage' ? exitCodes.usage : exitCodes.failed;
}

interface Failure {
  readonly json: Json;
  readonly lines: readonly string[];
}

function describe(error: RogatoryError): Failure {
  const { code, family, message, details, retryable } = error;
  const hint = hintFor(code, family, details['reason']);
  const facts = Object.entries(details).map(
    ([name, value]) => `${harmless(name, 60)}: ${harmless(String(value), 300)}`,
  );
  const faults = faultsOf(error);
  return {
    json: { code, family, message, details, retryable, hint, ...(faults.length > 0 && { faults }) },
    lines: [
      `rogatory: ${message} (${harmless(code, 80)})`,
      ...(facts.length > 0 ? [`  ${facts.join(', ')}`] : []),
      ...faults.map(({ setting, reason }) => `  ${setting}: ${reason}`),
      `hint: ${hint}`,
    ],
  };
}

/** A refused configuration lists all that is wrong with it; its names and reasons are ours. */
function faultsOf(error: RogatoryError): readonly { readonly setting: string; readonly reason: string }[] {
  if (!('faults' in error) || !Array.isArray(error.faults)) return [];
  return error.faults.flatMap((fault: unknown) => {
    if (typeof fault !== 'object' || fault === null || !('setting' in fault) || !('reason' in fault)) return [];
    return [{ setting: harmless(String(fault.setting), 120), reason: harmless(String(fault.reason), 300) }];
  });
}

function unexpected(error: unknown): Failure {
  const kind = error instanceof Error ? error.name : typeof error;
  const message = 'something failed that should not';
  return {
    json: { code: 'internal', family: 'internal', message, details: { kind } },
    lines: [
      `rogatory: ${message} (internal)`,
      `  kind: ${harmless(kind, 80)}`,
      'hint: run "rogatory doctor"; if it finds nothing, this is a fault of the program, see SECURITY.md',
    ],
  };
}
