import { fromHex, limits, toBase64, toHex } from '@rogatory/kernel';
import { equalBytes } from '@rogatory/kernel';
import { rootFingerprint } from '@rogatory/pki';
import { fileFormatError, verificationError } from '../run/cli.errors.js';
import { rootHashIn, type VerifiedBundle } from './bundle.js';
import { JsonForm, jsonText } from './json-form.js';

const FORMAT = 'rogatory/root/v1';
const EXPECTED = 'a root file';
export const MAX_ROOT_FILE_BYTES = 64 * 1024;

/** What servers are configured with and clients pin: the first root file of a federation, with its hash and its words. */
export function encodeRootFile({ bundle }: Pick<VerifiedBundle, 'bundle'>): string {
  const [entry] = bundle.entries;
  if (entry === undefined) throw fileFormatError('a directory with its root file');
  const hash = rootHashIn(entry);
  const fingerprint = rootFingerprint(hash).words.join(' ');
  return jsonText({ format: FORMAT, rootHash: toHex(hash), fingerprint, entry: toBase64(entry) });
}

/** The hash to pin. @throws CodecError `cli/file-format`; VerificationError `cli/tampered` when the parts disagree. */
export function decodeRootFile(bytes: Uint8Array): Uint8Array {
  const form = JsonForm.parse(bytes, EXPECTED);
  if (form.text('format') !== FORMAT) throw fileFormatError(EXPECTED);
  const claimed = fromHex(form.text('rootHash'));
  const words = form.text('fingerprint');
  const entry = form.bytes('entry', limits.maxDirectoryEntryBytes);
  form.end();
  const hash = rootHashIn(entry);
  const isSame = equalBytes(hash, claimed) && rootFingerprint(hash).words.join(' ') === words;
  if (!isSame) throw verificationError('cli/tampered');
  return hash;
}
