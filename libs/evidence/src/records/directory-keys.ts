import { applyEntry, emptyDirectory } from '@rogatory/pki';
import { decodeDirectoryBundle } from '@rogatory/protocol';
import type { PersonId } from '@rogatory/kernel';
import type { DeviceKeys } from './device-check.js';

/** What a directory says of those who act. */
export interface DirectoryFacts extends DeviceKeys {
  /** End of a person's newest certificate, ms; undefined for a person that no entry names. */
  mandateEndMs(personId: PersonId): number | undefined;
}

/**
 * The device keys and mandates of a directory file, replayed by every rule of the federation.
 * @param rootHash hash of the first root file, compared out of band.
 * @throws CodecError, VerificationError `directory/…` for a directory that does not hold together.
 */
export function directoryKeys(bundle: Uint8Array, rootHash: Uint8Array): DirectoryFacts {
  let state = emptyDirectory(rootHash);
  for (const entry of decodeDirectoryBundle(bundle).entries) state = applyEntry(state, entry);
  const { view } = state;
  return {
    signingKey: (deviceId) => view.device(deviceId)?.certificate.signingKey,
    mandateEndMs: (personId) => view.person(personId)?.certificate.notAfterMs,
  };
}
