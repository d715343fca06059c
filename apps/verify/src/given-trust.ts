import { dirname, join } from 'node:path';
import { type KeysFrom, type LogTrust, type LogTrustFile, parseLogTrustFile } from '@rogatory/evidence';
import { fromBase64, limits, UsageError } from '@rogatory/kernel';
import { parsePolicy, parseVerifierKey, type TrustPolicy } from '@rogatory/tlog';
import type { EvidenceKind, VerifyRequest } from './command-line.js';
import { readBounded, readIfThere } from './evidence-files.js';

/** What an exporter may lay beside the evidence. Whoever forges the one forges the other. */
export const TRUST_BESIDE = 'log-trust.json';
const MAX_TRUST_BYTES = 64 * 1024;

export interface GivenTrust {
  readonly trust: Pick<LogTrust, 'origin' | 'logKeys' | 'otherLogs' | 'policy' | 'promiseKey'>;
  readonly keysFrom: KeysFrom;
}

/** The keys that the caller names, else those beside the evidence. @throws UsageError `verify/arguments` without any. */
export async function givenTrust(request: VerifyRequest): Promise<GivenTrust> {
  const policy =
    request.policy === undefined ? undefined : parsePolicy(await readBounded(request.policy, limits.maxPolicyBytes));
  const named = await namedLogs(request, policy);
  const logs = named.length > 0 ? named : [await trustBeside(request)];
  const file = oneOf(logs, request);
  const promiseKey = request.promiseKey === undefined ? file.promiseKey : fromBase64(request.promiseKey);
  const otherLogs = logs.filter((log) => log !== file).map(({ origin, logKeys }) => ({ origin, logKeys }));
  const trust = {
    origin: logs.length > 1 ? file.origin : (request.origin ?? file.origin),
    logKeys: file.logKeys,
    ...(otherLogs.length > 0 && { otherLogs }),
    ...(policy && { policy }),
    ...(promiseKey && { promiseKey }),
  };
  return { trust, keysFrom: named.length === 0 ? 'bundle' : 'pinned' };
}

/** SPEC: tlog-policy: the name of a log's key is its origin. */
async function namedLogs(
  { trust, logKeys, origin }: VerifyRequest,
  policy: TrustPolicy | undefined,
): Promise<readonly LogTrustFile[]> {
  if (trust.length > 0) {
    return Promise.all(trust.map(async (path) => parseLogTrustFile(await readBounded(path, MAX_TRUST_BYTES))));
  }
  const given = logKeys.map(parseVerifierKey);
  if (given.length > 0 && origin !== undefined) return [{ origin, logKeys: given, promiseKey: undefined }];
  const keys = given.length > 0 ? given : (policy?.logs.map(({ key }) => key) ?? []);
  return [...new Set(keys.map(({ name }) => name))].map((name) => ({
    ...{ origin: name, logKeys: keys.filter((key) => key.name === name), promiseKey: undefined },
  }));
}

/** Evidence of two logs, such as a report on one that is a record of the next, says itself which they are. */
const ofSeveralLogs: readonly EvidenceKind[] = ['report', 'succession'];

/** With several logs the caller says which one is meant. */
function oneOf(logs: readonly LogTrustFile[], { origin, kind }: VerifyRequest): LogTrustFile {
  const [first] = logs;
  const isSettled = logs.length === 1 || (origin === undefined && ofSeveralLogs.includes(kind));
  const found = isSettled ? first : logs.find((log) => log.origin === origin);
  if (found === undefined) {
    throw new UsageError('verify/arguments', 'the keys are of several logs; name one with --origin');
  }
  return found;
}

async function trustBeside({ kind, path }: VerifyRequest): Promise<LogTrustFile> {
  const folder = kind === 'log' ? path : dirname(path);
  const bytes = path === '-' ? undefined : await readIfThere(join(folder, TRUST_BESIDE), MAX_TRUST_BYTES);
  if (bytes === undefined) {
    throw new UsageError('verify/arguments', 'keys are missing: --trust, --policy or --log-key');
  }
  return parseLogTrustFile(bytes);
}
