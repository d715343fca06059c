import { type Clock, limits, type RandomBytes, toBase64, UnavailableError } from '@rogatory/kernel';
import { encodeSignedWitnessRead, encodeWitnessRead } from '@rogatory/protocol';
import { TILE_WIDTH, tilePath } from '@rogatory/tlog';
import type { BundleSource, DirectorySource } from '../application/directory-source.js';

/** What a witness signs its requests with; its key cosigns as well, under another form of message. */
export interface ReadSigner {
  readonly publicKey: Uint8Array;
  /** A signature for the purpose of such requests and no other. */
  sign(message: Uint8Array): Uint8Array;
}

export interface HttpBundlesParts {
  readonly origin: string;
  readonly source: DirectorySource;
  readonly signer: ReadSigner;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

const NONCE_BYTES = 16;
/** As long as a bundle can be by its format: what is too long for a directory has to be read to be shown. */
const MAX_BUNDLE_BYTES = TILE_WIDTH * (2 + limits.maxLogEntryBytes);

/** Entry bundles of a directory log from its server, each by a request of its own that the witness signs. */
export class HttpBundles implements BundleSource {
  readonly #parts: HttpBundlesParts;

  constructor(parts: HttpBundlesParts) {
    this.#parts = parts;
  }

  async bundle(index: number, width: number): Promise<Uint8Array> {
    const url = `${this.#parts.source.url}/${tilePath({ kind: 'entries', index, width })}`;
    try {
      const response = await fetch(url, {
        headers: { 'rogatory-witness': toBase64(this.#statement(index, width)) },
        redirect: 'error',
        signal: AbortSignal.timeout(limits.witnessFetchMs),
      });
      if (response.status !== 200) {
        await response.body?.cancel();
        throw unread({ status: response.status });
      }
      return await boundedBody(response);
    } catch (cause) {
      throw cause instanceof UnavailableError ? cause : unread({}, cause);
    }
  }

  #statement(index: number, width: number): Uint8Array {
    const { origin, signer, clock, random } = this.#parts;
    const from = index * TILE_WIDTH;
    const signedBytes = encodeWitnessRead({
      ...{ origin, witnessKey: signer.publicKey, from, end: from + width },
      ...{ timeMs: clock.nowMs(), nonce: random(NONCE_BYTES) },
    });
    return encodeSignedWitnessRead({ signedBytes, signature: signer.sign(signedBytes) });
  }
}

async function boundedBody(response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const body: AsyncIterable<Uint8Array> | null = response.body;
  for await (const part of body ?? []) {
    length += part.length;
    if (length > MAX_BUNDLE_BYTES) throw unread({ most: MAX_BUNDLE_BYTES });
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}

function unread(details: { readonly status?: number; readonly most?: number }, cause?: unknown): UnavailableError {
  return new UnavailableError('witness/entries', 'the entries of a directory cannot be read', { details, cause });
}
