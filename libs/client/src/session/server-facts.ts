import { equalBytes, type Clock, limits } from '@rogatory/kernel';
import { checkSigningKey } from '@rogatory/crypto/verify';
import { rootHashOf } from '@rogatory/pki';
import { currentSuite, decodeSignedFederationRoot } from '@rogatory/protocol';
import { parseVerifierKey } from '@rogatory/tlog';
import { refusedError, verificationError } from '../client.errors.js';
import { serverOperation } from '../operations.generated.js';
import type { ServerPins } from '../state/device-memory.js';
import type { DeviceState } from '../state/device-state.js';
import { asBytes, asFlag, asList, asText, asWhole, dataOf, readAnswer } from '../transport/answer.js';
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
}

const MAX_LOG_KEYS = 16;
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

  /** Asks once per client. @throws VerificationError `client/server-changed`, `client/clock`, `client/answer`. */
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
    if (known !== undefined && !isSame(known, description)) throw verificationError('client/server-changed');
    if (state.memory.pins === undefined) {
      const { auditOrigin, directoryOrigin, logKeys, promiseKey } = description;
      await state.set((memory) => ({ ...memory, pins: { auditOrigin, directoryOrigin, logKeys, promiseKey } }));
    }
    return description;
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

function isSame(a: ServerPins, b: ServerPins): boolean {
  return (
    a.auditOrigin === b.auditOrigin &&
    a.directoryOrigin === b.directoryOrigin &&
    a.logKeys.length === b.logKeys.length &&
    a.logKeys.every((key, i) => key === b.logKeys[i]) &&
    equalBytes(a.promiseKey, b.promiseKey)
  );
}
