import {
  type Clock,
  concatBytes,
  type DeviceId,
  idBytes,
  limits,
  type RandomBytes,
  type Secret,
} from '@rogatory/kernel';
import { isEqualConstantTime, keyedHash } from '@rogatory/crypto/verify';
import { contexts } from '@rogatory/protocol';
import { loginRefused } from '../domain/login.errors.js';

/** A challenge as handed out. */
export interface IssuedChallenge {
  readonly challenge: Uint8Array;
  readonly expiresAtMs: number;
}

const TIME_BYTES = 6;
const NONCE_BYTES = 10;
const HEAD_BYTES = TIME_BYTES + NONCE_BYTES;
const TAG_BYTES = 16;

/**
 * Challenges that the server need not remember: each carries its expiry and a tag that only the server's key makes, for
 * one device id, known or not. A flood of requests stores nothing.
 * SPEC: login 2 — expiry u48 ‖ nonce 10 ‖ tag 16
 */
export class Challenges {
  readonly #key: Secret;
  readonly #clock: Clock;
  readonly #random: RandomBytes;

  constructor(key: Secret, clock: Clock, random: RandomBytes) {
    this.#key = key;
    this.#clock = clock;
    this.#random = random;
  }

  issue(deviceId: DeviceId): IssuedChallenge {
    const expiresAtMs = this.#clock.nowMs() + limits.challengeMs;
    const head = concatBytes(encodeTime(expiresAtMs), this.#random(NONCE_BYTES));
    return { challenge: concatBytes(head, this.#tag(head, deviceId)), expiresAtMs };
  }

  /** Expiry of a challenge that was issued for this device and is still good. @throws RefusedError `login/refused`. */
  verify(challenge: Uint8Array, deviceId: DeviceId): number {
    const head = challenge.slice(0, HEAD_BYTES);
    const isOurs = isEqualConstantTime(this.#tag(head, deviceId), challenge.slice(HEAD_BYTES));
    const expiresAtMs = decodeTime(head);
    if (!isOurs || this.#clock.nowMs() >= expiresAtMs) throw loginRefused('challenge');
    return expiresAtMs;
  }

  #tag(head: Uint8Array, deviceId: DeviceId): Uint8Array {
    const input = { key: this.#key, context: contexts.loginChallenge, length: 32 } as const;
    return keyedHash(input, head, idBytes(deviceId)).slice(0, TAG_BYTES);
  }
}

function encodeTime(timeMs: number): Uint8Array {
  const bytes = new Uint8Array(TIME_BYTES);
  for (let place = 0; place < TIME_BYTES; place++) bytes[place] = Math.floor(timeMs / 2 ** (8 * (5 - place))) % 256;
  return bytes;
}

function decodeTime(bytes: Uint8Array): number {
  return bytes.slice(0, TIME_BYTES).reduce((value, byte) => value * 256 + byte, 0);
}
