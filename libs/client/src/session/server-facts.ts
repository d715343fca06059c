import { equalBytes, type Clock, isRogatoryError, limits, utf8 } from '@rogatory/kernel';
import { checkSigningKey } from '@rogatory/crypto/verify';
import type { SuccessionFile } from '@rogatory/evidence';
import { rootHashOf } from '@rogatory/pki';
import { currentSuite, decodeSignedFederationRoot } from '@rogatory/protocol';
import { encodeVerifierKey, parseVerifierKey, type SignedCheckpoint } from '@rogatory/tlog';
import { auditTrust, openKnownHead } from '../acts/known-logs.js';
import {
  type FollowedLog,
  type KnownLog,
  type ToldSuccession,
  type ToldWord,
  followLog,
} from '../acts/log-succession.js';
import { refusedError, verificationError } from '../client.errors.js';
import type { WitnessPolicy } from '../directory/witness-policy.js';
import { logSuccessionOperation, type LogSuccessionQuery, serverOperation } from '../operations.generated.js';
import type { Concern } from '../state/concern.js';
import type { PastLog, ServerPins } from '../state/device-memory.js';
import type { DeviceState } from '../state/device-state.js';
import { earlierLogs, type ToldEnd } from './earlier-logs.js';
import { asBytes, asFlag, asList, asText, asWhole, dataOf, fieldOf, readAnswer } from '../transport/answer.js';
import { requestWell } from '../transport/repeated-request.js';
import type { Transport } from '../transport/transport.js';

/** What a server says of itself, once it was compared with the pins. */
export interface ServerDescription extends ServerPins {
  readonly isDemo: boolean;
  readonly version: string;
  readonly timeMs: number;
  /** How many witnesses the server says it asks; what they say is verified by policies, not here. */
  readonly witnesses: number;
  /** Since when, as the server says, no quorum of them vouches for what is newest; undefined while it does. */
  readonly unwitnessedSinceMs: number | undefined;
}

export interface ServerFactsParts {
  readonly transport: Transport;
  readonly state: DeviceState;
  readonly federationRootHash: Uint8Array;
  readonly clock: Clock;
  /** Given with the profile; else the first answer is pinned. */
  readonly pins?: ServerPins;
  readonly witnesses: Pick<WitnessPolicy, 'vouch'>;
  readonly raise: (concern: Concern) => Promise<void>;
  /** Told of the first head of a log that was followed. */
  readonly onFollowed: (head: SignedCheckpoint) => void;
}

const MAX_LOG_KEYS = 16;
const ROOT_BYTES = 32;
const MAX_STEPS = 64; // logs of 32 years: a device that slept longer is enrolled anew
const AUDIT_ORIGIN = /^([^\s]+)\/log\/([^/\s]+)$/;
const VERSION = /^[\x20-\x7e]{0,100}$/;

/** The names and keys of the server: pinned at the first contact, refused when they change. */
export class ServerFacts {
  readonly #parts: ServerFactsParts;
  #description: ServerDescription | undefined;

  constructor(parts: ServerFactsParts) {
    this.#parts = parts;
  }

  /** @throws RefusedError `client/not-found` before `pinned`. */
  pins(): ServerPins {
    const { pins } = this.#parts.state.memory;
    if (pins === undefined) throw refusedError('client/not-found');
    return pins;
  }

  /** Asks once per client. @throws VerificationError `client/server-changed`, `client/clock`, `client/log-names`, `client/answer`. */
  async pinned(): Promise<ServerDescription> {
    this.#description ??= await this.#ask();
    return this.#description;
  }

  async #ask(): Promise<ServerDescription> {
    const { transport, state, clock } = this.#parts;
    const answer = await requestWell(transport, { operation: serverOperation, variables: {}, proof: {} });
    const description = readAnswer(() => this.#read(dataOf(answer, serverOperation.rootField)));
    if (Math.abs(clock.nowMs() - description.timeMs) > limits.maxDirHeadAgeMs) throw verificationError('client/clock');
    const known = state.memory.pins ?? this.#parts.pins;
    if (known !== undefined && !isSame(known, description)) await this.#follow(known, description);
    if (state.memory.pins === undefined) {
      const { auditOrigin, directoryOrigin, logKeys, promiseKey } = description;
      await state.set((memory) => ({ ...memory, pins: { auditOrigin, directoryOrigin, logKeys, promiseKey } }));
    }
    return description;
  }

  /** The server says that another audit log than the pinned one goes on: looks whether it does. @throws as `pinned`. */
  async follow(): Promise<void> {
    this.#description = undefined;
    await this.pinned();
  }

  /** A head of an audit log of the server, also of one that ended. @throws as `openKnownHead`. */
  openHead(note: Uint8Array): SignedCheckpoint {
    return openKnownHead(note, this.#parts.state.memory);
  }

  /**
   * Whose signature makes a head of the log of this name; of the one that takes records where it is left out.
   * @throws RefusedError `client/unknown-log` for a log that this device never knew.
   */
  trustIn(shard?: string): ReturnType<typeof auditTrust> {
    const pins = this.pins();
    const isNamed = (origin: string) => nameOfLog(origin) === shard;
    if (shard === undefined || isNamed(pins.auditOrigin)) return auditTrust(pins);
    const { pastLogs } = this.#parts.state.memory;
    const past = pastLogs.find(({ origin }) => isNamed(origin));
    if (past === undefined) {
      const known = [...pastLogs.map(({ origin }) => origin), pins.auditOrigin];
      throw refusedError('client/unknown-log', { details: { logs: known.map(nameOfLog).join(', ') } });
    }
    return auditTrust({ auditOrigin: past.origin, logKeys: past.logKeys });
  }

  /**
   * As `trustIn`, also for a log that ended before this device came: it is looked up at the server once, and believed as far
   * as the log that this device knows says that it follows it. @throws as `trustIn`; as `earlierLogs`.
   */
  async trustFrom(shard?: string): Promise<ReturnType<typeof auditTrust>> {
    const { auditOrigin } = this.pins();
    if (shard !== undefined) await this.reach(`${auditOrigin.slice(0, auditOrigin.lastIndexOf('/'))}/${shard}`);
    return this.trustIn(shard);
  }

  /** Makes the log of this origin known, and those between it and the ones that are; nothing where the server knows none. @throws as `earlierLogs`. */
  async reach(origin: string): Promise<void> {
    const { state, witnesses } = this.#parts;
    const { auditOrigin, logKeys } = this.pins();
    const { pastLogs } = state.memory;
    if (origin === auditOrigin || pastLogs.some((log) => log.origin === origin)) return;
    const known = [...pastLogs, { origin: auditOrigin, logKeys }];
    const vouch: KnownLog['vouch'] = (note, trust) => witnesses.vouch(note, trust);
    const endOf = (of: string) => this.#endOf(of, 0);
    const earlier = await earlierLogs(origin, { known, endOf, vouch }).catch((error: unknown) => {
      if (isRogatoryError(error) && error.code === 'client/not-found') return [];
      throw error;
    });
    if (earlier.length === 0) return;
    await state.set((memory) => {
      const isNew = ({ origin: of }: PastLog) => !memory.pastLogs.some((log) => log.origin === of);
      return { ...memory, pastLogs: [...earlier.filter(isNew), ...memory.pastLogs] };
    });
  }

  /**
   * How the log after the one of this name follows it, verified under the keys that this device pinned, as a file for others.
   * @throws RefusedError `client/unknown-log`, `client/not-found` for the log that goes on; as `pinned`.
   */
  async successionFile(shard: string): Promise<SuccessionFile> {
    const trust = await this.trustFrom(shard);
    const { origin } = trust;
    if (origin === this.pins().auditOrigin) throw refusedError('client/not-found');
    const told = await this.#succession(origin, 0);
    const vouch: KnownLog['vouch'] = (note, of) => this.#parts.witnesses.vouch(note, of);
    followLog(told, { trust, head: { size: 0, root: new Uint8Array(ROOT_BYTES) }, vouch });
    return { ...told, origin };
  }

  /** How many records a log held when it ended; undefined for one that goes on, that was abandoned, or that this device never knew. */
  finalSize(origin: string): number | undefined {
    const past = this.#parts.state.memory.pastLogs.find((log) => log.origin === origin);
    return past === undefined || past.reason === 'abandoned' ? undefined : past.size;
  }

  /** Whose signatures make heads of the logs that this device left. */
  pastTrusts(): readonly ReturnType<typeof auditTrust>[] {
    const { pastLogs } = this.#parts.state.memory;
    return pastLogs.map(({ origin, logKeys }) => auditTrust({ auditOrigin: origin, logKeys }));
  }

  /** @throws VerificationError `client/server-changed` unless every log up to the one told proves to follow the one before. */
  async #follow(known: ServerPins, told: ServerPins): Promise<void> {
    const { state, raise, onFollowed, witnesses } = this.#parts;
    let { auditOrigin, logKeys } = known;
    let { auditHead, pastLogs } = state.memory;
    let followed: FollowedLog | undefined;
    try {
      for (let step = 0; auditOrigin !== told.auditOrigin && step < MAX_STEPS; step++) {
        const vouch: KnownLog['vouch'] = (note, trust) => witnesses.vouch(note, trust);
        const trust = auditTrust({ auditOrigin, logKeys });
        const succession = await this.#succession(auditOrigin, auditHead.size);
        followed = followLog(succession, { trust, head: auditHead, vouch });
        const { origin, key, final, reason, begunMs, head } = followed;
        const [ownKeys, otherKeys] = [
          logKeys.filter(isOf(auditOrigin)),
          logKeys.filter((text) => !isOf(auditOrigin)(text)),
        ];
        pastLogs = [...pastLogs, { ...final, origin: auditOrigin, logKeys: ownKeys, reason, endedMs: begunMs }];
        [auditOrigin, logKeys] = [origin, [key, ...otherKeys]];
        auditHead = { size: head.size, root: head.root };
      }
      if (!isSame({ ...known, auditOrigin, logKeys }, told)) throw verificationError('client/server-changed');
    } catch (error) {
      if (isRogatoryError(error) && error.family !== 'unavailable')
        await raise({ kind: 'log-replaced', code: error.code });
      throw error;
    }
    const pins = { ...known, auditOrigin, logKeys };
    const before = state.memory.pastLogs.length;
    await state.set((memory) => ({ ...memory, pins, auditHead, pastLogs }));
    if (followed !== undefined) onFollowed(followed.head);
    for (const { origin, size, reason } of pastLogs.slice(before)) {
      if (reason === 'abandoned') await raise({ kind: 'log-abandoned', code: `${origin} size=${size}` });
    }
  }

  async #succession(origin: string, knownSize: number): Promise<ToldSuccession> {
    const told = await this.#endOf(origin, knownSize);
    if (told === undefined) throw verificationError('client/server-changed');
    return told;
  }

  async #endOf(origin: string, knownSize: number): Promise<ToldEnd | undefined> {
    const { transport } = this.#parts;
    const operation = logSuccessionOperation;
    const answer = await requestWell(transport, { operation, variables: { origin, knownSize }, proof: {} });
    return readAnswer(() => {
      const { logSuccession } = dataOf(answer, operation.rootField) as LogSuccessionQuery;
      return logSuccession === null ? undefined : toldEnd(logSuccession);
    });
  }

  #read(data: unknown): ServerDescription {
    const { server } = data as { readonly server: { readonly [Key in string]: unknown } };
    const root = decodeSignedFederationRoot(asBytes(server['federationRoot']));
    const isOurs = equalBytes(rootHashOf(root.signedBytes), this.#parts.federationRootHash);
    if (!isOurs || asWhole(server['suite']) !== currentSuite) throw verificationError('client/server-changed');
    const logKeys = asList(server['logKeys'], MAX_LOG_KEYS).map(asText);
    logKeys.forEach(parseVerifierKey);
    const promiseKey = asBytes(server['promiseKey']);
    checkSigningKey(promiseKey);
    const version = asText(server['version']);
    if (!VERSION.test(version)) throw verificationError('client/answer');
    const origins = { auditOrigin: asText(server['auditOrigin']), directoryOrigin: asText(server['directoryOrigin']) };
    requireNames(origins);
    return {
      ...origins,
      logKeys,
      promiseKey,
      version,
      isDemo: asFlag(server['demo']),
      timeMs: asWhole(server['timeMs']),
      witnesses: asWhole(server['witnesses']),
      unwitnessedSinceMs: server['unwitnessedSinceMs'] === null ? undefined : asWhole(server['unwitnessedSinceMs']),
    };
  }
}

/**
 * A server names its logs, so a name is the first thing that it could lie with: witnesses replay what is a directory by name,
 * and cosign anything else as it is. So the directory has the one name that belongs to the audit log, and that is none itself.
 * SPEC: audit 1, directory 13
 */
function requireNames({ auditOrigin, directoryOrigin }: Pick<ServerPins, 'auditOrigin' | 'directoryOrigin'>): void {
  const [, place, shard] = AUDIT_ORIGIN.exec(auditOrigin) ?? [];
  const isSound = place !== undefined && shard !== 'directory' && directoryOrigin === `${place}/directory`;
  if (!isSound) throw verificationError('client/log-names');
}

/** What follows the last slash of an origin. */
function nameOfLog(origin: string): string {
  return origin.slice(origin.lastIndexOf('/') + 1);
}

/** Whether a verifier key is that of a log. */
const isOf = (origin: string) => (text: string) => parseVerifierKey(text).name === origin;

function toldEnd(told: { readonly [Key in string]: unknown }): ToldEnd {
  const { closing, abandonment } = told;
  return {
    key: encodeVerifierKey(parseVerifierKey(asText(told['key']))),
    reason: asText(told['reason']),
    checkpoint: utf8(asText(told['checkpoint'])),
    consistency: asList(told['consistency'], limits.maxProofHashes).map(asBytes),
    closing: closing === null ? undefined : toldWord(closing),
    abandonment: abandonment === null ? undefined : utf8(asText(abandonment)),
    genesis: toldWord(told['genesis']),
  };
}

function toldWord(told: unknown): ToldWord {
  const [leaf, opening, bytes] = ['leaf', 'opening', 'bytes'].map((name) => asBytes(fieldOf(told, name)));
  if (leaf === undefined || opening === undefined || bytes === undefined) throw verificationError('client/answer');
  return { leaf, opening, bytes, proof: utf8(asText(fieldOf(told, 'proof'))) };
}

function isSame(a: ServerPins, b: ServerPins): boolean {
  return (
    a.auditOrigin === b.auditOrigin &&
    a.directoryOrigin === b.directoryOrigin &&
    a.logKeys.length === b.logKeys.length &&
    a.logKeys.every((key, i) => key === b.logKeys[i]) &&
    equalBytes(a.promiseKey, b.promiseKey)
  );
}
