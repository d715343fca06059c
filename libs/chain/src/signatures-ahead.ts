import type { DeviceId } from '@rogatory/kernel';
import type { ProvenSignatures, SignatureClaim } from '@rogatory/crypto/verify';
import { decodeSignedItem, itemSignedBytes, peekSignedLink, signaturePurposes } from '@rogatory/protocol';
import type { DirectoryHistory } from './directory-lookup.js';
import { itemBodyHash } from './hashes.js';

/** A link or an item as it is told, before anything of it is believed. */
export interface ToldObject {
  readonly isLink: boolean;
  readonly bytes: Uint8Array;
}

/** Objects whose signatures are checked while those before them are judged: enough for every thread, little in memory. */
const SLICE = 128;

/**
 * Gives what was told in slices, in order, once the signatures in a slice were tried; those of the next slice are checked
 * beside the caller's work. Nothing is left out and nothing is decided: give `proven` to `applyLink` and `applyItem`.
 * @param directory says which key a device signs with, as far as it is known.
 */
export async function* withSignaturesAhead<Told extends ToldObject>(
  told: readonly Told[],
  proven: ProvenSignatures,
  directory: DirectoryHistory,
): AsyncGenerator<readonly Told[], void, undefined> {
  const sliceAt = (start: number): readonly Told[] => told.slice(start, start + SLICE);
  const tryOf = (slice: readonly Told[]): Promise<void> => proven.prove(claimsOf(slice, directory));
  let tried = tryOf(sliceAt(0));
  for (let start = 0; start < told.length; start += SLICE) {
    await tried;
    tried = tryOf(sliceAt(start + SLICE));
    yield sliceAt(start);
  }
}

function claimsOf(slice: readonly ToldObject[], directory: DirectoryHistory): SignatureClaim[] {
  const view = directory.at(directory.size);
  const keyOf: KeyOf = (id) => view.device(id)?.certificate.signingKey;
  return slice.flatMap((object) => claimOf(object, keyOf) ?? []);
}

type KeyOf = (id: DeviceId) => Uint8Array | undefined;

/** What an object claims; undefined for bytes that are none and for a device nobody knows, of which the verifier tells. */
function claimOf({ isLink, bytes }: ToldObject, keyOf: KeyOf): SignatureClaim | undefined {
  return isLink ? linkClaim(bytes, keyOf) : itemClaim(bytes, keyOf);
}

function linkClaim(bytes: Uint8Array, keyOf: KeyOf): SignatureClaim | undefined {
  const claimed = peekSignedLink(bytes);
  const publicKey = claimed && keyOf(claimed.signerDevice);
  if (claimed === undefined || publicKey === undefined) return undefined;
  const { signedBytes: message, signature } = claimed;
  return { purpose: signaturePurposes.link, publicKey, message, signature };
}

function itemClaim(bytes: Uint8Array, keyOf: KeyOf): SignatureClaim | undefined {
  try {
    const { header, headerBytes, sealed, signature } = decodeSignedItem(bytes);
    const publicKey = keyOf(header.senderDevice);
    const message = itemSignedBytes(headerBytes, itemBodyHash(sealed));
    return publicKey && { purpose: signaturePurposes.item, publicKey, message, signature };
  } catch {
    return undefined;
  }
}
