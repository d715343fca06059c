import { type DeviceId, equalBytes, type PersonId } from '@rogatory/kernel';
import {
  type AuthorityRecord,
  type IndexedSignature,
  type SignaturePurpose,
  type SignerSignature,
  signerKinds,
} from '@rogatory/protocol';
import { demand, refusal } from '../pki.errors.js';
import type { EntryScene } from './entry-checks.js';

export interface SignedStatement {
  readonly purpose: SignaturePurpose;
  readonly signedBytes: Uint8Array;
}

/** Demands `threshold` signatures by distinct keys of a list, and that every signature given holds. */
export function demandKeyThreshold(
  scene: EntryScene,
  statement: SignedStatement,
  signatures: readonly IndexedSignature[],
  trusted: { readonly keys: readonly Uint8Array[]; readonly threshold: number },
): void {
  demand(signatures.length >= trusted.threshold, 'directory/threshold');
  for (const { keyIndex, signature } of signatures) {
    const publicKey = trusted.keys[keyIndex];
    demand(publicKey !== undefined, 'directory/signer');
    demandSignature(scene, statement, publicKey, signature);
  }
}

export function demandSignature(
  scene: EntryScene,
  { purpose, signedBytes }: SignedStatement,
  publicKey: Uint8Array,
  signature: Uint8Array,
): void {
  demand(scene.cryptography.holds({ purpose, publicKey, message: signedBytes, signature }), 'directory/signature');
}

export interface CountedSigners {
  readonly registrars: number;
  /** Live devices of the person, each once. */
  readonly devices: readonly DeviceId[];
}

/**
 * Counts the signers of an authority's object: registrars of its record in force, and live devices of one person.
 * Anybody else among them, and any signature that does not hold, refuses the whole entry. The decoder saw to distinct keys.
 */
export function countSigners(
  scene: EntryScene,
  statement: SignedStatement,
  signatures: readonly SignerSignature[],
  allowed: { readonly authority: AuthorityRecord; readonly personId: PersonId | undefined },
): CountedSigners {
  const devices: DeviceId[] = [];
  let registrars = 0;
  for (const signer of signatures) {
    if (signer.kind === signerKinds.registrar) {
      demand(isRegistrar(allowed.authority, signer.publicKey), 'directory/signer');
      registrars++;
    } else {
      devices.push(liveDeviceOf(scene, allowed.personId, signer.publicKey));
    }
    demandSignature(scene, statement, signer.publicKey, signer.signature);
  }
  return { registrars, devices };
}

function isRegistrar(authority: AuthorityRecord, publicKey: Uint8Array): boolean {
  return authority.registrarKeys.some((key) => equalBytes(key, publicKey));
}

function liveDeviceOf(scene: EntryScene, personId: PersonId | undefined, publicKey: Uint8Array): DeviceId {
  const owner = scene.view.keyOwner(publicKey);
  if (owner?.kind !== 'device' || personId === undefined) throw refusal('directory/signer');
  demand(scene.view.device(owner.deviceId)?.personId === personId, 'directory/signer');
  demand(
    scene.judgedAtMs.every((atMs) => scene.view.isDeviceLive(owner.deviceId, atMs)),
    'directory/signer',
  );
  return owner.deviceId;
}
