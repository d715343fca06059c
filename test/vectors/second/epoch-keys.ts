/** docs/spec/keys.md 1, 2 and 4. */
import { H, KDF } from './primitives.js';
import { type Fields, hex, join, number, unhex } from './wire.js';

export interface EpochContext {
  readonly suite: number;
  readonly caseId: Uint8Array;
  readonly compartmentId: Uint8Array;
  readonly epoch: number;
  readonly contextHash: Uint8Array;
}

const short = ({ suite, contextHash }: EpochContext): Uint8Array => join(number(suite, 2), contextHash);

export const place = ({ suite, caseId, compartmentId, epoch, contextHash }: EpochContext): Uint8Array =>
  join(number(suite, 2), caseId, compartmentId, number(epoch, 4), contextHash);

export const chainKeyOf = (coins: Uint8Array, context: EpochContext, base: Uint8Array): Uint8Array =>
  KDF(coins, 'rogatory/epoch-key/v1', short(context), base);

export const readKeyOf = (chainKey: Uint8Array, context: EpochContext): Uint8Array =>
  KDF(chainKey, 'rogatory/read/v1', place(context));

export const readCommitOf = (readKey: Uint8Array, context: EpochContext): string =>
  hex(KDF(readKey, 'rogatory/read-commit/v1', short(context)));

/** keyCommit and readCommit. */
export const commitmentsOf = (chainKey: Uint8Array, context: EpochContext): [string, string] => [
  hex(KDF(chainKey, 'rogatory/key-commit/v1', short(context))),
  readCommitOf(readKeyOf(chainKey, context), context),
];

export const useKeyOf = (readKey: Uint8Array, use: 'item' | 'wrap' | 'export', context: EpochContext): Uint8Array =>
  KDF(readKey, `rogatory/${use}-key/v1`, place(context));

export const archiveKey = (chainKey: Uint8Array, { contextHash }: EpochContext): Uint8Array =>
  KDF(chainKey, 'rogatory/archive/v1', contextHash);

export function boxAad(box: Fields, contextHash: Uint8Array, kemKey: Uint8Array): Uint8Array {
  const [device, prekey, ciphertext] = ['deviceId', 'prekeyHash', 'kemCiphertext'].map((name) =>
    unhex(box[name] as string),
  );
  const hashes = [H('rogatory/kem-key/v1', kemKey), H('rogatory/kem-ciphertext/v1', ciphertext as Uint8Array)];
  return join(contextHash, device as Uint8Array, prekey as Uint8Array, ...hashes);
}
