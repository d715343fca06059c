import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fromBase64, limits, toBase64 } from '@rogatory/kernel';
import {
  type AuditReport,
  type AuditVerification,
  type ClaimVerdict,
  type Client,
  type KeptReceipt,
  type LogSource,
  serverLogSource,
  verifyAuditLog,
} from '@rogatory/client';
import { nameOf, postKinds } from '@rogatory/protocol';
import { encodeVerifierKey, parsePolicy, parseVerifierKey, type TrustPolicy } from '@rogatory/tlog';
import { JsonForm, jsonText } from '../ceremony/json-form.js';
import type { Call } from '../run/call.js';
import { fileFormatError, refusedError, usageError } from '../run/cli.errors.js';
import { accessError, checkFolder, makePrivateFolder, readBounded, writeWhole } from '../run/files.js';
import { harmless } from '../run/harmless.js';
import { exitCodes, isoTime, type Json, type Outcome, table } from '../run/outcome.js';
import { progressBar } from '../run/progress-bar.js';
import { withSession } from '../run/session.js';

/** `audit receipts`: demands the proofs of this device's acts, and keeps them with `--out`. */
export async function checkReceipts(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const report = await client.audit.receipts();
    const out = call.optional('out');
    if (out !== undefined) await keepReceipts(call.path(out), report);
    const proven = report.proven.map(({ recordId, index, treeSize }) => ({ recordId, index, treeSize }));
    const overdue = report.overdue.map(({ recordId, deadlineMs }) => ({ recordId, deadline: isoTime(deadlineMs) }));
    return {
      json: { proven, waiting: report.waiting, overdue },
      lines: [
        `${proven.length} acts are proven to be in the log, ${report.waiting} are not due yet.`,
        ...overdue.map(({ recordId, deadline }) => `OVERDUE ${recordId}: promised until ${deadline}`),
      ],
      exitCode: overdue.length > 0 ? exitCodes.failed : exitCodes.done,
    };
  });
}

async function keepReceipts(folder: string, report: Awaited<ReturnType<Client['audit']['receipts']>>): Promise<void> {
  await makePrivateFolder(folder);
  const replace = { replace: true };
  for (const { recordId, leaf, proof } of report.proven) {
    await writeWhole(join(folder, `${recordId}.leaf`), leaf, replace);
    await writeWhole(join(folder, `${recordId}.tlog-proof`), proof, replace);
  }
  for (const { recordId, signedPromise } of report.overdue) {
    await writeWhole(join(folder, `${recordId}.promise`), signedPromise, replace);
  }
}

interface LogTrust {
  readonly origin: string;
  readonly logKeys: readonly string[];
  readonly promiseKey: Uint8Array | undefined;
}

const TRUST_FORMAT = 'rogatory/log-trust/v1';
const TRUST = 'a trust file of "rogatory audit trust"';

/** `audit trust`: the log's name and keys as this profile pinned them, for a verifier who never meets the server. */
export async function exportTrust(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const { auditOrigin, logKeys, promiseKey } = await serverLog(call, client);
    const trust = { origin: auditOrigin, logKeys: logKeys.map((key) => ({ key })), promiseKey: toBase64(promiseKey) };
    const out = call.optional('out');
    if (out !== undefined) await writeWhole(call.path(out), jsonText({ format: TRUST_FORMAT, ...trust }));
    return {
      json: { origin: auditOrigin, logKeys, promiseKey: toBase64(promiseKey) },
      lines: [auditOrigin, ...logKeys],
    };
  });
}

/** `audit verify`: a folder in the layout of tlog-tiles, or a live server as an auditor. */
export async function verifyAudit(call: Call): Promise<Outcome> {
  const from = call.argument(0);
  if (/^https?:\/\//.test(from)) return withSession(call, ({ client }) => verifyServer(call, client), from);
  const { FolderLogReader } = await import('@rogatory/client/node');
  await checkFolder(call.path(from));
  return verify(call, { source: new FolderLogReader(call.path(from)), isLive: false, ...(await trustOf(call)) });
}

/** The log that `--shard` names, or the one that takes records, as this profile pinned them. */
async function serverLog(call: Call, client: Client) {
  const { auditOrigin, logKeys, promiseKey } = await client.server();
  const shard = call.optional('shard');
  if (shard === undefined) return { auditOrigin, logKeys, promiseKey };
  const { origin, logKeys: keys } = await client.logTrust(shard);
  return { auditOrigin: origin, logKeys: keys.map(encodeVerifierKey), promiseKey };
}

async function verifyServer(call: Call, client: Client): Promise<Outcome> {
  // The server hides the log from all others. To them that would look like a log with missing parts.
  if ((await client.whoAmI()).postKind !== nameOf(postKinds, postKinds.auditor)) throw refusedError('cli/not-auditor');
  const { auditOrigin: origin, logKeys, promiseKey } = await serverLog(call, client);
  const shard = origin.slice(origin.lastIndexOf('/') + 1);
  if (!/^[a-z0-9-]{1,40}$/.test(shard)) throw fileFormatError('the name of a log');
  const source = serverLogSource(client.gateway.transport, `audit/log/${shard}`, () => client.gateway.accessToken());
  const keep = call.optional('keep');
  const isLive = origin === (await client.server()).auditOrigin;
  const live = { origin, logKeys, promiseKey, isLive };
  if (keep === undefined) return verify(call, { source, ...live });
  const folder = call.path(keep);
  await makePrivateFolder(folder);
  return verify(call, { source: keptSource(source, folder), ...live });
}

/** What is read lies in the folder afterwards, in the layout that the server offers it in. */
function keptSource(source: LogSource, folder: string): LogSource {
  const keep = async (path: string, bytes: Uint8Array | undefined): Promise<Uint8Array | undefined> => {
    if (bytes === undefined) return undefined;
    const file = join(folder, path);
    await makePrivateFolder(dirname(file));
    await writeWhole(file, bytes, { replace: true, isPrivate: true });
    return bytes;
  };
  return {
    readCheckpoint: async () => keep('checkpoint', await source.readCheckpoint()),
    readTile: async (path) => keep(path, await source.readTile(path)),
  };
}

async function policyOf(call: Call): Promise<{ readonly policy?: TrustPolicy }> {
  const file = call.optional('policy');
  return file === undefined ? {} : { policy: parsePolicy(await readBounded(call.path(file), limits.maxPolicyBytes)) };
}

interface Verified extends LogTrust {
  readonly source: LogSource;
  /** The log claims to be the newest there is. */
  readonly isLive: boolean;
}

async function verify(call: Call, { source, isLive, ...trust }: Verified): Promise<Outcome> {
  const bar = await progressBar(call, 'verifying', (count) => `${count} records`);
  const input: AuditVerification = {
    source,
    origin: trust.origin,
    logKeys: trust.logKeys.map(parseVerifierKey),
    ...(trust.promiseKey === undefined ? {} : { promiseKey: trust.promiseKey }),
    ...(await policyOf(call)),
    ...(isLive && { witnessedSinceMs: call.context.clock.nowMs() - limits.witnessWordsMs }),
    earlier: await Promise.all(call.list('earlier').map((path) => readBounded(call.path(path), 256 * 1024))),
    receipts: await readReceipts(call),
    nowMs: call.context.clock.nowMs(),
    onProgress: (done, total) => bar.update({ doneBytes: done, totalBytes: total }),
  };
  try {
    return describeReport(await verifyAuditLog(input));
  } finally {
    bar.stop();
  }
}

/** The log's name and keys from `--trust`, or from options. @throws UsageError `cli/arguments`. */
export async function trustOf(call: Call): Promise<LogTrust> {
  const file = call.optional('trust');
  if (file !== undefined) return readTrust(await readBounded(call.path(file), 64 * 1024));
  const logKeys = call.list('logKey');
  if (logKeys.length === 0) throw usageError('cli/arguments', { choices: '--trust, or --origin and --log-key' });
  const promiseKey = call.optional('promiseKey');
  return {
    origin: call.required('origin'),
    logKeys,
    promiseKey: promiseKey === undefined ? undefined : fromBase64(promiseKey),
  };
}

function readTrust(bytes: Uint8Array): LogTrust {
  const form = JsonForm.parse(bytes, TRUST);
  if (form.text('format') !== TRUST_FORMAT) throw fileFormatError(TRUST);
  const origin = form.text('origin');
  const logKeys = form.forms('logKeys', 16).map((entry) => entry.text('key'));
  const promiseKey = form.bytes('promiseKey', 32);
  form.end();
  return { origin, logKeys, promiseKey };
}

async function readReceipts(call: Call): Promise<KeptReceipt[]> {
  const named = call.optional('receipts');
  if (named === undefined) return [];
  const folder = call.path(named);
  const names = await readdir(folder).catch((error: unknown) => {
    throw accessError(error, folder);
  });
  const read = async (name: string) => (names.includes(name) ? readBounded(join(folder, name), 256 * 1024) : undefined);
  const ids = [
    ...new Set(names.flatMap((name) => /^([0-9a-f]{32})\.(?:leaf|tlog-proof|promise)$/.exec(name)?.[1] ?? [])),
  ];
  return Promise.all(
    ids.map(async (id) => {
      const [leaf, proof, promise] = [
        await read(`${id}.leaf`),
        await read(`${id}.tlog-proof`),
        await read(`${id}.promise`),
      ];
      return { ...(leaf && { leaf }), ...(proof && { proof }), ...(promise && { promise }) };
    }),
  );
}

function describeReport({ isSound, size, root, claims, events }: AuditReport): Outcome {
  const rows = claims.map((verdict) => [verdict.claim, verdict.outcome, String(verdict.count), whatIsWrong(verdict)]);
  const json: Json = {
    isSound,
    size,
    root,
    claims: claims.map(({ claim, outcome, basis, count, notChecked, notDue, firstBadIndex, firstBadRecord, code }) => ({
      claim,
      outcome,
      basis,
      count,
      ...(notChecked === 0 ? {} : { notChecked }),
      ...(notDue === 0 ? {} : { notDue }),
      ...(firstBadIndex === undefined ? {} : { firstBadIndex }),
      ...(firstBadRecord === undefined ? {} : { firstBadRecord }),
      ...(code === undefined ? {} : { code }),
    })),
    events: Object.fromEntries(events),
  };
  return {
    json,
    lines: [
      ...table(['claim', 'verdict', 'checked', ''], rows),
      '',
      isSound ? `The log of ${size} records is sound. Root ${root}` : 'The log does NOT verify.',
    ],
    exitCode: isSound ? exitCodes.done : exitCodes.failed,
  };
}

function whatIsWrong({ code, firstBadIndex, firstBadRecord, notChecked, notDue }: ClaimVerdict): string {
  const place = firstBadIndex === undefined ? '' : ` at index ${firstBadIndex}`;
  const record = firstBadRecord === undefined ? '' : `, record ${firstBadRecord}`;
  const wrong = code === undefined ? [] : [`${harmless(code, 60)}${place}${record}`];
  const apart = [
    ...(notDue > 0 ? [`${notDue} not due yet`] : []),
    ...(notChecked > 0 ? [`${notChecked} not checked: without the key of promises, or without proof`] : []),
  ];
  return [...wrong, ...apart].join('; ');
}
