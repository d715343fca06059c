import { checkManifest } from '@rogatory/e2ee';
import { decodeDocumentManifest, type DocumentManifest } from '@rogatory/protocol';
import type { VerifiedItem } from '../cases/replica.js';
import { verificationError } from '../client.errors.js';

/**
 * The manifest that an item carries.
 * @throws CodecError; VerificationError `client/file` for one of another version, and what `checkManifest` throws.
 */
export function manifestOf(content: Uint8Array, { signed }: VerifiedItem): DocumentManifest {
  const manifest = decodeDocumentManifest(content);
  if (manifest.version !== signed.header.version) throw verificationError('client/file');
  checkManifest(manifest);
  return manifest;
}
