import { limits } from '@rogatory/kernel';
import { checkKemKey, checkSigningKey, checkSuite, isSignature, type SignatureClaim } from '@rogatory/crypto/verify';
import type { DirectoryErrorCode } from '../pki.errors.js';
import { demand, refusal } from '../pki.errors.js';
import type { DirectoryView } from '../directory-view.js';

/** The costly checks of an entry; they may be left out only for bytes that a verified root already commits to. */
export interface EntryCryptography {
  readonly holds: (claim: SignatureClaim) => boolean;
  readonly checkSigningKey: (publicKey: Uint8Array) => void;
  readonly checkKemKey: (publicKey: Uint8Array) => void;
}

export const fullCryptography: EntryCryptography = { holds: isSignature, checkSigningKey, checkKemKey };

/** For entries whose every signature and key this client has verified before, under a root that it kept authentic. */
export const verifiedBefore: EntryCryptography = {
  holds: () => true,
  checkSigningKey: () => undefined,
  checkKemKey: () => undefined,
};

/** Where and when an entry is judged: the directory before it, its place, and the times that its signers must be live at. */
export interface EntryScene {
  readonly view: DirectoryView;
  readonly index: number;
  readonly signedAtMs: number;
  readonly judgedAtMs: readonly number[];
  readonly cryptography: EntryCryptography;
}

/**
 * The times at which signers must be live. A replay knows only times of signing: the later of the entry's own and the
 * log's clock. A server adds its time of receipt, so whatever it admits every replay admits.
 * SPEC: directory 9 — an entry MUST NOT be older than 30 days, nor its time ahead by more than 5 minutes, at receipt.
 */
export function judgementTimes(signedAtMs: number, clockMs: number, receivedAtMs: number | undefined): number[] {
  const oldest = Math.max(0, clockMs - limits.maxClockSkewMs - limits.maxDirectoryEntryAgeMs);
  demand(signedAtMs >= oldest, 'directory/time');
  const judgedAtMs = [Math.max(signedAtMs, clockMs)];
  if (receivedAtMs === undefined) return judgedAtMs;
  demand(signedAtMs <= receivedAtMs + limits.maxClockSkewMs, 'directory/time');
  demand(signedAtMs >= receivedAtMs - limits.maxDirectoryEntryAgeMs, 'directory/time');
  return [...judgedAtMs, receivedAtMs];
}

export function demandSuite(suite: number): void {
  wrapped('directory/suite', () => checkSuite(suite));
}

export function demandSigningKey(scene: EntryScene, publicKey: Uint8Array): void {
  wrapped('directory/weak-key', () => scene.cryptography.checkSigningKey(publicKey));
}

export function demandKemKey(scene: EntryScene, publicKey: Uint8Array): void {
  wrapped('directory/weak-key', () => scene.cryptography.checkKemKey(publicKey));
}

function wrapped(code: DirectoryErrorCode, check: () => void): void {
  try {
    check();
  } catch (cause) {
    throw refusal(code, cause);
  }
}

/** A later certificate acts at once, and none is admitted that has already ended. */
export function demandPeriod(
  scene: EntryScene,
  period: { readonly serial: number; readonly notBeforeMs: number; readonly notAfterMs: number },
): void {
  demand(period.serial === 1 || period.notBeforeMs <= scene.signedAtMs, 'directory/validity');
  demand(
    scene.judgedAtMs.every((atMs) => atMs < period.notAfterMs),
    'directory/validity',
  );
}
