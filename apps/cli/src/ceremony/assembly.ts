import { equalBytes, toBase64 } from '@rogatory/kernel';
import { assembleAuthority, assembleDevice, assemblePerson, assembleRevocation, assembleRoot } from '@rogatory/pki';
import type { DirectoryView } from '@rogatory/pki';
import { type IndexedSignature, signerKinds, type SignerSignature } from '@rogatory/protocol';
import { refusedError } from '../run/cli.errors.js';
import { contentOf, type Paper, type PaperPart, type PaperSignature } from './paper.js';

/**
 * The log entries of a signed paper, in their order. Signers who have no say here are refused, not left out: somebody
 * took them for entitled.
 * @param view the directory that the entries will follow; undefined for the very first root file.
 * @throws RefusedError `cli/wrong-holder`, `cli/signatures-missing`; CodecError.
 */
export function assemblePaper(paper: Paper, view: DirectoryView | undefined): Uint8Array[] {
  return paper.parts.map((part) => assemblePart(part, view));
}

function assemblePart(part: PaperPart, view: DirectoryView | undefined): Uint8Array {
  switch (part.kind) {
    case 'root':
      return rootEntry(part, view);
    case 'authority':
      return authorityEntry(part, view);
    case 'person':
      return assemblePerson(part.body, registrarSignatures(part, view));
    case 'device': {
      const { body, proofOfPossession = new Uint8Array(0) } = part;
      return assembleDevice({ certificateBytes: body, proofOfPossession }, registrarSignatures(part, view));
    }
    case 'revocation':
      return assembleRevocation(part.body, registrarSignatures(part, view));
  }
}

function rootEntry(part: PaperPart, view: DirectoryView | undefined): Uint8Array {
  const content = contentOf(part);
  if (content.kind !== 'root') throw refusedError('cli/wrong-holder');
  const own = listed(part.signatures, content.root.keys);
  const previousRoot = view?.root()?.root;
  const previous = listed(part.signatures, previousRoot?.keys ?? []);
  demandAllPlaced(part.signatures, [...content.root.keys, ...(previousRoot?.keys ?? [])]);
  demandCount(own.length, content.root.threshold);
  demandCount(previous.length, previousRoot?.threshold ?? 0);
  return assembleRoot({ signedBytes: part.body, signatures: own, previousSignatures: previous });
}

function authorityEntry(part: PaperPart, view: DirectoryView | undefined): Uint8Array {
  const root = view?.root()?.root;
  if (root === undefined) throw refusedError('cli/signatures-missing', { reason: 'there is no root yet' });
  demandAllPlaced(part.signatures, root.keys);
  demandCount(part.signatures.length, root.threshold);
  return assembleAuthority(part.body, listed(part.signatures, root.keys));
}

/** By registrars of the authority in force and by devices; the directory itself judges how many of which it takes. */
function registrarSignatures(part: PaperPart, view: DirectoryView | undefined): SignerSignature[] {
  const content = contentOf(part);
  if (content.kind === 'root' || content.kind === 'authority') throw refusedError('cli/wrong-holder');
  const { authorityId } = content.kind === 'revocation' ? content.revocation : content.certificate;
  const record = view?.authority(authorityId)?.record;
  if (record === undefined) throw refusedError('cli/wrong-holder', { reason: 'the authority is not admitted' });
  demandAllPlaced(
    part.signatures.filter(({ role }) => role === 'registrar'),
    record.registrarKeys,
  );
  demandCount(part.signatures.length, 1);
  return part.signatures.map(({ role, publicKey, signature }) => ({
    kind: role === 'device' ? signerKinds.device : signerKinds.registrar,
    publicKey,
    signature,
  }));
}

function listed(signatures: readonly PaperSignature[], keys: readonly Uint8Array[]): IndexedSignature[] {
  return signatures.flatMap(({ publicKey, signature }) => {
    const keyIndex = keys.findIndex((key) => equalBytes(key, publicKey));
    return keyIndex < 0 ? [] : [{ keyIndex, signature }];
  });
}

function demandAllPlaced(signatures: readonly PaperSignature[], keys: readonly Uint8Array[]): void {
  const known = new Set(keys.map(toBase64));
  if (!signatures.every(({ publicKey }) => known.has(toBase64(publicKey)))) throw refusedError('cli/wrong-holder');
}

function demandCount(present: number, needed: number): void {
  if (present < needed) throw refusedError('cli/signatures-missing', { present, needed });
}
