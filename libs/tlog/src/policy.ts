import { VerificationError } from '@rogatory/kernel';
import { parseCheckpointText } from './checkpoint-text.js';
import { openCheckpoint, type SignedCheckpoint } from './checkpoint.js';
import { parseNote } from './note.js';
import type { PolicyWitness, TrustPolicy } from './policy-parsing.js';

/** A checkpoint that fulfils a whole policy; made by `verifyCheckpoint` only. */
export type WitnessedCheckpoint = SignedCheckpoint & { readonly quorum: QuorumVerdict };

/** Which of a policy's witnesses cosigned a checkpoint, and whether they are enough. */
export interface QuorumVerdict {
  readonly fulfilled: boolean;
  /** Those whose cosignature counts, in the order of the policy. */
  readonly witnesses: readonly PolicyWitness[];
  /** Latest cosignature among them, POSIX seconds; undefined without any. */
  readonly latestSeconds: number | undefined;
}

export interface PolicyOptions {
  /** Cosignatures later than this do not count (a clock of the reader, with some allowance). */
  readonly notAfterSeconds?: number;
  /** Cosignatures earlier than this do not count: how stale a head may be. */
  readonly notBeforeSeconds?: number;
}

/**
 * The head inside a signed note, once a log of the policy signed it and the quorum cosigned it.
 * @throws what `openCheckpoint` throws; VerificationError `tlog/origin` when the policy knows no such log,
 * `tlog/quorum` when too few witnesses cosigned.
 */
export function verifyCheckpoint(
  bytes: Uint8Array,
  policy: TrustPolicy,
  options: PolicyOptions = {},
): WitnessedCheckpoint {
  const checkpoint = openPolicyCheckpoint(bytes, policy);
  const quorum = evaluateQuorum(checkpoint, policy, options);
  if (!quorum.fulfilled) throw new VerificationError('tlog/quorum', 'too few witnesses cosigned the checkpoint');
  return { ...checkpoint, quorum };
}

/** As `verifyCheckpoint` without the quorum, for showing who did cosign. */
export function openPolicyCheckpoint(bytes: Uint8Array, policy: TrustPolicy): SignedCheckpoint {
  const { origin } = parseCheckpointText(parseNote(bytes).text);
  // SPEC: tlog-policy: the log's key name MUST correspond to the log's origin line.
  const logKeys = policy.logs.map(({ key }) => key).filter((key) => key.name === origin);
  if (logKeys.length === 0) throw new VerificationError('tlog/origin', 'the policy knows no such log');
  return openCheckpoint(bytes, { origin, logKeys, witnessKeys: policy.witnesses.map(({ key }) => key) });
}

/** Counts the cosignatures of a checkpoint opened with the keys of this policy. */
export function evaluateQuorum(
  checkpoint: SignedCheckpoint,
  policy: TrustPolicy,
  { notAfterSeconds = Number.MAX_SAFE_INTEGER, notBeforeSeconds = 0 }: PolicyOptions = {},
): QuorumVerdict {
  const times = new Map<string, number>();
  for (const witness of policy.witnesses) {
    const line = checkpoint.signatures.find(({ key }) => key === witness.key);
    const time = line?.timeSeconds;
    if (time !== undefined && time >= notBeforeSeconds && time <= notAfterSeconds) times.set(witness.name, time);
  }
  const fulfilled = new Set(times.keys());
  // A group only names what stands before it, so one pass in file order settles all.
  for (const { name, threshold, members } of policy.groups) {
    if (members.filter((member) => fulfilled.has(member)).length >= threshold) fulfilled.add(name);
  }
  return {
    fulfilled: policy.quorum === undefined || fulfilled.has(policy.quorum),
    witnesses: policy.witnesses.filter(({ name }) => times.has(name)),
    latestSeconds: times.size === 0 ? undefined : Math.max(...times.values()),
  };
}
