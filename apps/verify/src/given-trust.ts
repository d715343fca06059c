import { dirname, join } from 'node:path';
import { type KeysFrom, type LogTrust, type LogTrustFile, parseLogTrustFile } from '@rogatory/evidence';
import { fromBase64, limits, UsageError } from '@rogatory/kernel';
import { parsePolicy, parseVerifierKey, type TrustPolicy, type VerifierKey } from '@rogatory/tlog';
import type { VerifyRequest } from './command-line.js';
import { readBounded, readIfThere } from './evidence-files.js';

/** What an exporter may lay beside the evidence. Whoever forges the one forges the other. */
export const TRUST_BESIDE = 'log-trust.json';
const MAX_TRUST_BYTES = 64 * 1024;

export interface GivenTrust {
  readonly trust: Pick<LogTrust, 'origin' | 'logKeys' | 'policy' | 'promiseKey'>;
  readonly keysFrom: KeysFrom;
}

/** The keys that the caller names, else those beside the evidence. @throws UsageError `verify/arguments` without any. */
export async function givenTrust(request: VerifyRequest): Promise<GivenTrust> {
  const policy =
    request.policy === undefined ? undefined : parsePolicy(await readBounded(request.policy, limits.maxPolicyBytes));
  const named = await namedTrust(request, policy);
  const file = named ?? (await trustBeside(request));
  const promiseKey = request.promiseKey === undefined ? file.promiseKey : fromBase64(request.promiseKey);
  const trust = {
    origin: request.origin ?? file.origin,
    logKeys: file.logKeys,
    ...(policy && { policy }),
    ...(promiseKey && { promiseKey }),
  };
  return { trust, keysFrom: named === undefined ? 'bundle' : 'pinned' };
}

async function namedTrust(
  { trust, logKeys, origin }: VerifyRequest,
  policy: TrustPolicy | undefined,
): Promise<LogTrustFile | undefined> {
  if (trust !== undefined) return parseLogTrustFile(await readBounded(trust, MAX_TRUST_BYTES));
  const keys = logKeys.length > 0 ? logKeys.map(parseVerifierKey) : keysOfPolicy(policy, origin);
  const [first] = keys;
  return first && { origin: origin ?? first.name, logKeys: keys, promiseKey: undefined };
}

/** SPEC: tlog-policy: the name of a log's key is its origin. With several logs the caller says which one is meant. */
function keysOfPolicy(policy: TrustPolicy | undefined, origin: string | undefined): readonly VerifierKey[] {
  const keys = policy?.logs.map(({ key }) => key) ?? [];
  const origins = new Set(keys.map(({ name }) => name));
  if (origin === undefined && origins.size > 1) {
    throw new UsageError('verify/arguments', 'the policy knows several logs; name one with --origin');
  }
  return keys.filter(({ name }) => origin === undefined || name === origin);
}

async function trustBeside({ kind, path }: VerifyRequest): Promise<LogTrustFile> {
  const folder = kind === 'log' ? path : dirname(path);
  const bytes = path === '-' ? undefined : await readIfThere(join(folder, TRUST_BESIDE), MAX_TRUST_BYTES);
  if (bytes === undefined) {
    throw new UsageError('verify/arguments', 'keys are missing: --trust, --policy or --log-key');
  }
  return parseLogTrustFile(bytes);
}
