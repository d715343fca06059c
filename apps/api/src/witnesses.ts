import { readFile } from 'node:fs/promises';
import { HttpWitness, type Witnesses, type WitnessState } from '@rogatory/audit';
import { isRogatoryError, limits, UsageError } from '@rogatory/kernel';
import type { Log, Metrics } from '@rogatory/platform-telemetry';
import { parsePolicy, type TrustPolicy } from '@rogatory/tlog';
import type { WitnessStanding } from './graphql/server-info.js';

/**
 * The witnesses of a policy file. A server that was told of witnesses never runs without them: a file that is missing, is
 * no policy, asks for no quorum or names a witness without an address stops the start.
 * @throws UsageError `server/policy`.
 */
export async function readWitnesses(
  path: string | undefined,
  { log, metrics }: WitnessReports,
): Promise<Witnesses | undefined> {
  if (path === undefined) return undefined;
  const policy = await readPolicy(path);
  if (policy.quorum === undefined) throw wrongPolicy('no-quorum');
  const clients = new Map(policy.witnesses.map((witness) => [witness, new HttpWitness(addressOf(witness.url))]));
  return {
    policy,
    clientOf: (witness) => clients.get(witness),
    onChange: patientReport(log),
    onFailure: failureCount(metrics),
    onStanding: (origin, { unwitnessedSinceMs, failing }) => {
      const fields = { origin, count: failing.size };
      if (unwitnessedSinceMs === undefined) log.info('witness/quorum', fields);
      else log.warn('witness/no-quorum', { ...fields, since: new Date(unwitnessedSinceMs).toISOString() });
    },
  };
}

/** Where it is told how the witnesses fare. */
export interface WitnessReports {
  readonly log: Log;
  readonly metrics?: Metrics | undefined;
}

/** How the witnesses stand to two logs: the worse of both. */
export function standingOf(
  policy: TrustPolicy | undefined,
  logs: readonly { witnessState(): WitnessState | undefined }[],
): WitnessStanding {
  const since = logs.flatMap((log) => log.witnessState()?.unwitnessedSinceMs ?? []);
  return {
    witnesses: policy?.witnesses.length ?? 0,
    unwitnessedSinceMs: since.length === 0 ? null : Math.min(...since),
  };
}

function failureCount(metrics: Metrics | undefined): NonNullable<Witnesses['onFailure']> {
  const failures = metrics?.counter({
    name: 'rogatory_witness_failures_total',
    help: 'Requests to witnesses without a cosignature that holds, by name in the policy and by code.',
    labels: ['witness', 'code'],
  });
  return ({ witness }, code) => failures?.add({ witness, code });
}

/** Says who fails once that has lasted: a witness that is started anew, or a lost packet, is nobody's business. */
function patientReport(log: Log): Witnesses['onChange'] {
  const failing = new Map<string, { error: unknown; isTold: boolean; readonly timer: ReturnType<typeof setTimeout> }>();
  return ({ witness, origin }, error) => {
    const key = `${witness} ${origin}`;
    const known = failing.get(key);
    if (error === undefined) {
      clearTimeout(known?.timer);
      failing.delete(key);
      if (known?.isTold === true) log.info('witness/answers', { witness, origin });
    } else if (known !== undefined) {
      known.error = error;
      if (known.isTold) log.warn('witness/failing', { witness, origin, error });
    } else {
      const tell = (): void => {
        const last = failing.get(key);
        if (last === undefined) return;
        last.isTold = true;
        log.warn('witness/failing', { witness, origin, error: last.error });
      };
      failing.set(key, { error, isTold: false, timer: setTimeout(tell, limits.witnessPatienceMs).unref() });
    }
  };
}

async function readPolicy(path: string): Promise<TrustPolicy> {
  try {
    return parsePolicy(new Uint8Array(await readFile(path)));
  } catch (cause) {
    throw wrongPolicy(isRogatoryError(cause) ? cause.code : 'unreadable', cause);
  }
}

function addressOf(url: string | undefined): string {
  if (url === undefined || !/^https?:/.test(url) || !URL.canParse(url)) throw wrongPolicy('no-address');
  return url;
}

function wrongPolicy(reason: string, cause?: unknown): UsageError {
  return new UsageError('server/policy', 'the policy of the witnesses cannot be used', { details: { reason }, cause });
}
