import { toHex, utf8 } from '@rogatory/kernel';
import { hash } from '@rogatory/crypto/verify';
import { contexts, encodeCanonicalJson } from '@rogatory/protocol';

/** Thresholds of the rules. A change of any of them is another hash, which each finding carries. SPEC: findings 4 */
export interface FindingSettings {
  readonly version: number;
  readonly bulkObjectsPerHour: number;
  readonly bulkMedianFactor: number;
  readonly bulkMedianMinDays: number;
  readonly bulkDayFloor: number;
  readonly newDeviceMs: number;
  readonly newDeviceObjects: number;
  readonly dormantMs: number;
  readonly deniedThenAllowedMs: number;
  readonly repeatedReasonCases: number;
  readonly repeatedReasonMs: number;
  readonly shortReasonCharacters: number;
  readonly counterGapMs: number;
  readonly pairingMs: number;
  readonly clockSkewMs: number;
  readonly serverClockBackMs: number;
  readonly witnessLagMs: number;
  readonly exportBytesPerDay: number;
  readonly exportRecordsPerDay: number;
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
const MINUTE_MS = 60_000;

export const defaultFindingSettings: FindingSettings = {
  version: 1,
  bulkObjectsPerHour: 100,
  bulkMedianFactor: 3,
  bulkMedianMinDays: 5,
  bulkDayFloor: 20,
  newDeviceMs: 7 * DAY_MS,
  newDeviceObjects: 50,
  dormantMs: 60 * DAY_MS,
  deniedThenAllowedMs: HOUR_MS,
  repeatedReasonCases: 5,
  repeatedReasonMs: 7 * DAY_MS,
  shortReasonCharacters: 10,
  counterGapMs: 15 * MINUTE_MS,
  pairingMs: 15 * MINUTE_MS,
  clockSkewMs: 5 * MINUTE_MS,
  serverClockBackMs: MINUTE_MS,
  witnessLagMs: 15 * MINUTE_MS,
  exportBytesPerDay: 10 * 1024 ** 3,
  exportRecordsPerDay: 10_000,
};

/** The hash that a finding names its thresholds by, hexadecimal. */
export function settingsHash(settings: FindingSettings): string {
  return toHex(hash(contexts.findingSettings, utf8(encodeCanonicalJson({ ...settings }))));
}
