import { idFromBytes, type RegistrarKeyId, SHORT_ID_BYTES } from '@rogatory/kernel';
import { hash } from '@rogatory/crypto/verify';
import { contexts } from '@rogatory/protocol';

/** The short name of a registrar's or root key: the first 16 bytes of H(registrarKey, key). */
export function registrarKeyIdOf(publicKey: Uint8Array): RegistrarKeyId {
  return idFromBytes<RegistrarKeyId>(hash(contexts.registrarKey, publicKey).slice(0, SHORT_ID_BYTES));
}
