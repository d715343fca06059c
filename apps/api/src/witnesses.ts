import { readFile } from 'node:fs/promises';
import { HttpWitness, type Witnesses } from '@rogatory/audit';
import { isRogatoryError, UsageError } from '@rogatory/kernel';
import type { Log } from '@rogatory/platform-telemetry';
import { parsePolicy, type TrustPolicy } from '@rogatory/tlog';

/**
 * The witnesses of a policy file. A server that was told of witnesses never runs without them: a file that is missing, is
 * no policy, asks for no quorum or names a witness without an address stops the start.
 * @throws UsageError `server/policy`.
 */
export async function readWitnesses(path: string | undefined, log: Log): Promise<Witnesses | undefined> {
  if (path === undefined) return undefined;
  const policy = await readPolicy(path);
  if (policy.quorum === undefined) throw wrongPolicy('no-quorum');
  const clients = new Map(policy.witnesses.map((witness) => [witness, new HttpWitness(addressOf(witness.url))]));
  return {
    policy,
    clientOf: (witness) => clients.get(witness),
    onChange: (_witness, error) => {
      if (error === undefined) log.info('witness/answers');
      else log.warn('witness/failing', { error });
    },
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
