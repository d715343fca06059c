import { applyEntry, emptyDirectory } from '@rogatory/pki';
import { decodeDirectoryBundle } from '@rogatory/protocol';
import type { DeviceKeys } from './device-check.js';

/**
 * The device keys of a directory file, replayed by every rule of the federation.
 * @param rootHash hash of the first root file, compared out of band.
 * @throws CodecError, VerificationError `directory/…` for a directory that does not hold together.
 */
export function directoryKeys(bundle: Uint8Array, rootHash: Uint8Array): DeviceKeys {
  let state = emptyDirectory(rootHash);
  for (const entry of decodeDirectoryBundle(bundle).entries) state = applyEntry(state, entry);
  const { view } = state;
  return { signingKey: (deviceId) => view.device(deviceId)?.certificate.signingKey };
}
