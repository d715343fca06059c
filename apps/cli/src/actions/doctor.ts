import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { limits, toHex } from '@rogatory/kernel';
import { defaultPassphraseCost, floorPassphraseCost } from '@rogatory/crypto/passphrase';
import { decodeKeyStoreFile } from '@rogatory/protocol';
import type { Alarm, Client, ServerDescription } from '@rogatory/client';
import type { Call } from '../run/call.js';
import { alarmLines } from '../run/concerns.js';
import { isPresent } from '../run/files.js';
import { harmless } from '../run/harmless.js';
import { exitCodes, isoTime, type Outcome, sizeText, table } from '../run/outcome.js';
import { keyStoreStorage, type Profile, readProfile } from '../run/profile.js';
import type { Finding } from './doctor-finding.js';
import { examineMetrics, reviewOf } from './doctor-operator.js';

const OLDEST_NODE = [20, 19] as const;
const LEAST_FREE_BYTES = 1024 ** 3;
const PROBE_MS = 5_000;
const PRIVATE_BITS = 0o077;
const RENEW_MS = 60 * 24 * 3_600_000; // registrars meet in person

/** `doctor`: looks at everything it can and stops at nothing. Exit code 1 when something is wrong. */
export async function examine(call: Call): Promise<Outcome> {
  const folder = profileFolder(call);
  const profile = folder === undefined ? undefined : await profileIn(folder);
  const dataFolder = call.optional('data');
  const findings = [
    nodeVersion(process.versions.node),
    ...(folder === undefined ? [noProfile] : await examineProfile(folder, profile)),
    ...(dataFolder === undefined ? [] : await examineDataFolder(call.path(dataFolder))),
    ...(call.optional('metricsPort') === undefined ? [] : await examineMetrics(call)),
    ...(await examineServer(call, profile)),
  ];
  const isWell = findings.every(({ verdict }) => verdict !== 'wrong');
  return {
    json: { isWell, findings: findings.map((finding) => ({ ...finding })) },
    lines: table(
      ['check', 'verdict', ''],
      findings.map(({ check, verdict, says }) => [check, verdict, says]),
    ),
    exitCode: isWell ? exitCodes.done : exitCodes.failed,
  };
}

const noProfile: Finding = { check: 'profile', verdict: 'not-checked', says: 'none named; --profile names one' };

function profileFolder(call: Call): string | undefined {
  const named = call.optional('profile') ?? call.context.settings.profileFolder;
  return named === undefined ? undefined : call.path(named);
}

async function profileIn(folder: string): Promise<Profile | undefined> {
  try {
    return await readProfile(folder);
  } catch {
    return undefined;
  }
}

export function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNew = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  return {
    check: 'Node.js',
    verdict: isNew ? 'well' : 'wrong',
    says: `${version}; ${OLDEST_NODE.join('.')} or newer is needed`,
  };
}

async function examineProfile(folder: string, profile: Profile | undefined): Promise<Finding[]> {
  if (profile === undefined)
    return [{ check: 'profile', verdict: 'wrong', says: 'there is none in this folder, or it cannot be read' }];
  return [
    { check: 'profile', verdict: 'well', says: `device ${profile.deviceId.slice(0, 12)}` },
    await privacyOf('profile folder', folder),
    await keyStoreCost(folder),
    await freeSpace('disk of the profile', folder),
  ];
}

/** What the file's own header says; no passphrase is needed for it. */
async function keyStoreCost(folder: string): Promise<Finding> {
  const check = 'key store';
  try {
    const bytes = await keyStoreStorage(folder).read();
    if (bytes === undefined) return { check, verdict: 'wrong', says: 'the key store file is missing' };
    const { passes, memoryBytes } = decodeKeyStoreFile(bytes);
    const says = `Argon2id, ${passes} passes over ${sizeText(memoryBytes)}`;
    if (passes >= defaultPassphraseCost.passes && memoryBytes >= defaultPassphraseCost.memoryBytes) {
      return { check, verdict: 'well', says };
    }
    const isFloor = passes <= floorPassphraseCost.passes && memoryBytes <= floorPassphraseCost.memoryBytes;
    const advice = isFloor
      ? 'the floor: for demonstrations only'
      : 'below the default; "rogatory keys passphrase" renews it';
    return { check, verdict: 'attention', says: `${says}; ${advice}` };
  } catch {
    return { check, verdict: 'wrong', says: 'the key store file cannot be read' };
  }
}

async function examineDataFolder(folder: string): Promise<Finding[]> {
  if (!(await isPresent(folder))) return [{ check: 'data folder', verdict: 'wrong', says: 'there is none' }];
  const isDemo = await isPresent(`${folder}/demo`);
  return [
    await privacyOf('data folder', folder),
    await freeSpace('disk of the data folder', folder),
    {
      check: 'kind of server',
      verdict: isDemo ? 'attention' : 'well',
      says: isDemo ? 'a demonstration: all its keys are public' : 'no demo identities in its folder',
    },
  ];
}

async function privacyOf(check: string, folder: string): Promise<Finding> {
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    const { mode } = await stat(folder);
    const isPrivate = process.platform === 'win32' || (mode & PRIVATE_BITS) === 0;
    const says = isPrivate ? 'private to this user' : `other users may look in: chmod 700 "${harmless(folder, 200)}"`;
    return { check, verdict: isPrivate ? 'well' : 'wrong', says };
  } catch {
    return { check, verdict: 'wrong', says: 'cannot be read and written by this user' };
  }
}

async function freeSpace(check: string, folder: string): Promise<Finding> {
  try {
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    return { check, verdict: free < LEAST_FREE_BYTES ? 'attention' : 'well', says: `${sizeText(free)} free` };
  } catch {
    return { check, verdict: 'not-checked', says: 'this system does not tell' };
  }
}

/** Reachability first; then, where the passphrase can be had without asking, pins, clock and kind of the server. */
async function examineServer(call: Call, profile: Profile | undefined): Promise<Finding[]> {
  const check = 'server';
  if (profile?.server === undefined) return [{ check, verdict: 'not-checked', says: 'the profile names none' }];
  const isReady = await probe(profile.server);
  if (!isReady) return [{ check, verdict: 'wrong', says: `${harmless(profile.server, 200)} does not answer` }];
  const reached: Finding = { check, verdict: 'well', says: `${harmless(profile.server, 200)} is ready` };
  return [reached, ...(await examinePins(call))];
}

async function probe(server: string): Promise<boolean> {
  try {
    const response = await fetch(new URL('/health', server), {
      signal: AbortSignal.timeout(PROBE_MS),
      redirect: 'error',
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

async function examinePins(call: Call): Promise<Finding[]> {
  const hasPassphrase = (call.optional('passphraseFile') ?? call.context.settings.passphraseFile) !== undefined;
  if (!hasPassphrase && !call.context.console.isInteractive) {
    return [{ check: 'pins and clock', verdict: 'not-checked', says: 'needs the passphrase: --passphrase-file' }];
  }
  const { withSession } = await import('../run/session.js');
  const findings: Finding[] = [];
  try {
    await withSession(call, async ({ client, profile }) => {
      const facts = await client.server();
      const { isDemo, timeMs, version } = facts;
      await client.directory.syncWhenOld();
      // Told to whoever has a session.
      const dueMs = await client.whoAmI().then(
        ({ reviewDueMs }) => reviewDueMs,
        () => undefined,
      );
      const apartMs = Math.abs(call.context.clock.nowMs() - timeMs);
      findings.push(
        { check: 'pins', verdict: 'well', says: 'federation, log and promise keys are those that were pinned' },
        {
          check: 'clock',
          verdict: apartMs <= limits.maxClockSkewMs ? 'well' : 'wrong',
          says: `${(apartMs / 1000).toFixed(1)} s apart from the server`,
        },
        {
          check: 'federation',
          verdict: isDemo ? 'attention' : 'well',
          says: `${isDemo ? 'a demonstration' : 'real'}, hash of its root ${toHex(profile.rootHash)}; server ${harmless(version, 60)}`,
        },
        witnessesOf(facts, call.context.clock.nowMs()),
        certificatesOf(client, profile, call.context.clock.nowMs()),
        alarmsOf(client.alarms.list()),
        ...reviewOf(dueMs, call.context.clock.nowMs()),
      );
      return { json: null, lines: [] };
    });
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'internal';
    findings.push({ check: 'pins and clock', verdict: 'wrong', says: harmless(code, 80) });
  }
  return findings;
}

/** What the server says of its witnesses; `audit verify --policy` finds out. */
export function witnessesOf(
  { witnesses, unwitnessedSinceMs }: Pick<ServerDescription, 'witnesses' | 'unwitnessedSinceMs'>,
  nowMs: number,
): Finding {
  const check = 'witnesses';
  if (witnesses === 0) return { check, verdict: 'attention', says: 'none: the server alone vouches for its logs' };
  if (unwitnessedSinceMs === undefined) return { check, verdict: 'well', says: `${witnesses}, and a quorum vouches` };
  const says = `${witnesses}, and no quorum vouches for what is newest since ${isoTime(unwitnessedSinceMs)}`;
  if (nowMs - unwitnessedSinceMs <= limits.witnessWordsMs) return { check, verdict: 'attention', says };
  return { check, verdict: 'wrong', says: `${says}; documents and keys are refused until it is back` };
}

/** After its end neither device nor person acts any more, and a device cannot consent to its own prolongation. */
function certificatesOf(
  { directory: { view } }: { readonly directory: Pick<Client['directory'], 'view'> },
  { deviceId, personId }: Pick<Profile, 'deviceId' | 'personId'>,
  nowMs: number,
): Finding {
  const check = 'certificates';
  const device = view.device(deviceId)?.certificate.notAfterMs;
  const person = view.person(personId)?.certificate.notAfterMs;
  if (device === undefined || person === undefined) {
    return { check, verdict: 'wrong', says: 'the directory that was read does not name this device' };
  }
  const says = `device until ${isoTime(device).slice(0, 10)}, person until ${isoTime(person).slice(0, 10)}`;
  if (Math.min(device, person) - nowMs > RENEW_MS) return { check, verdict: 'well', says };
  return {
    check,
    verdict: 'attention',
    says: `${says}; "rogatory enrol renew" and "enrol prolong" make the next ones`,
  };
}

/** A lie that was found once stays to be seen, however honest the server is today. */
function alarmsOf(alarms: readonly Alarm[]): Finding {
  const [newest] = alarmLines(alarms.slice(-1));
  if (newest === undefined) return { check: 'alarms', verdict: 'well', says: 'none' };
  const more = alarms.length === 1 ? '' : ` and ${alarms.length - 1} more`;
  return { check: 'alarms', verdict: 'wrong', says: `${newest}${more}; "rogatory alarms" shows and clears them` };
}
