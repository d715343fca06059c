import { CodecError, limits } from '@rogatory/kernel';
import { decodeSignedAuthorityRecord, type SignedAuthorityRecord } from './authority.js';
import {
  decodeSignedDeviceCertificate,
  decodeSignedPersonCertificate,
  type SignedDeviceCertificate,
  type SignedPersonCertificate,
} from './certificates.js';
import { decodeSignedFederationRoot, type SignedFederationRoot } from './federation-root.js';
import { decodeSignedRevocation, type SignedRevocation } from './revocation.js';

/** A leaf of the directory log; its bytes are those of the signed object, told apart by their magic. */
export type DirectoryEntry =
  | { readonly kind: 'root'; readonly signed: SignedFederationRoot }
  | { readonly kind: 'authority'; readonly signed: SignedAuthorityRecord }
  | { readonly kind: 'person'; readonly signed: SignedPersonCertificate }
  | { readonly kind: 'device'; readonly signed: SignedDeviceCertificate }
  | { readonly kind: 'revocation'; readonly signed: SignedRevocation };

/** @throws CodecError on unknown kinds, malformed or oversize bytes. */
export function decodeDirectoryEntry(bytes: Uint8Array): DirectoryEntry {
  if (bytes.length > limits.maxDirectoryEntryBytes) throw new CodecError('codec/too-long', 'entry too long');
  switch (new TextDecoder('latin1').decode(bytes.subarray(0, 4))) {
    case 'RGR1':
      return { kind: 'root', signed: decodeSignedFederationRoot(bytes) };
    case 'RGA1':
      return { kind: 'authority', signed: decodeSignedAuthorityRecord(bytes) };
    case 'RGC1':
      return { kind: 'person', signed: decodeSignedPersonCertificate(bytes) };
    case 'RGV1':
      return { kind: 'device', signed: decodeSignedDeviceCertificate(bytes) };
    case 'RGX1':
      return { kind: 'revocation', signed: decodeSignedRevocation(bytes) };
    default:
      throw new CodecError('codec/magic', 'not a directory entry');
  }
}
