import { type DeviceId, equalBytes, fromBase64Url, isRogatoryError } from '@rogatory/kernel';
import { verifyActSignature } from '@rogatory/crypto/verify';
import { type ClaimVerdict, notChecked, verdictOf } from '../log/claims.js';
import type { PassedRange, PassingRecord, RecordCheck } from './record-check.js';

/** The signing keys of devices, from a directory that the verifier replayed. */
export interface DeviceKeys {
  /** Undefined for a device that no entry of the directory names. */
  signingKey(deviceId: DeviceId): Uint8Array | undefined;
}

/**
 * SPEC: audit 10: for each `act` group the signature under the device's certificate; that act id, device and operation are
 * those of leaf and `who`; that the why commitment is that of the leaf.
 */
export class DeviceCheck implements RecordCheck {
  readonly #keys: DeviceKeys | undefined;
  #count = 0;
  #bad: Partial<ClaimVerdict> | undefined;

  constructor(keys: DeviceKeys | undefined) {
    this.#keys = keys;
  }

  take(record: PassingRecord): void {
    if (record.groups.act === undefined) return;
    this.#count++;
    const code = this.#wrong(record);
    if (code !== undefined) this.#bad ??= { firstBadIndex: record.index, firstBadRecord: record.leaf.id, code };
  }

  claim({ isProven }: PassedRange): ClaimVerdict {
    const facts = { basis: 'directory' as const, count: this.#count };
    if (this.#bad !== undefined) return verdictOf('devices', 'fails', { ...facts, ...this.#bad });
    if (this.#count === 0) return notChecked('devices', 'none-open');
    if (this.#keys === undefined) return { ...notChecked('devices', 'no-directory'), notChecked: this.#count };
    return verdictOf('devices', isProven ? 'holds' : 'not-checked', facts);
  }

  #wrong({ leaf, groups: { who, act } }: PassingRecord): string | undefined {
    if (act === undefined) return undefined;
    const { actId, operation, deviceId, whyCommit } = act.act;
    if (actId !== leaf.id || operation !== leaf.ev) return 'act-of-another-record';
    if (who !== undefined && who.deviceId !== deviceId) return 'act-of-another-device';
    const committed = leaf.com.why === undefined ? new Uint8Array(32) : fromBase64Url(leaf.com.why);
    if (!equalBytes(committed, whyCommit)) return 'reason-of-another-act';
    if (this.#keys === undefined) return undefined;
    const key = this.#keys.signingKey(deviceId);
    if (key === undefined) return 'device-unknown';
    try {
      verifyActSignature(act, key);
      return undefined;
    } catch (error) {
      if (!isRogatoryError(error)) throw error;
      return error.code;
    }
  }
}
