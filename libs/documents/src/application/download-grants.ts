import { concatBytes, fromBase64Url, idBytes, limits, toBase64Url, type UploadId, utf8 } from '@rogatory/kernel';
import { hmacSha256, isEqualConstantTime } from '@rogatory/crypto/verify';
import type { Principal } from '@rogatory/access';

/** A short-lived right to begin one download, worth nothing to another session or for other bytes. */
export interface DownloadGrant {
  readonly uploadId: UploadId;
  readonly expiresAtMs: number;
}

const TIME_BYTES = 8;
const MAC_BYTES = 32;

/** Makes and checks grants; needs no storage. Membership is checked again at every use. */
export class DownloadGrants {
  readonly #key: Uint8Array;

  /** @param key 32 secret bytes that all servers of a deployment share. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  issue(
    principal: Principal,
    uploadId: UploadId,
    nowMs: number,
  ): { readonly grant: string; readonly expiresAtMs: number } {
    const expiresAtMs = nowMs + limits.downloadGrantMs;
    const time = timeBytes(expiresAtMs);
    return { grant: toBase64Url(concatBytes(time, this.#mac(principal, uploadId, time))), expiresAtMs };
  }

  isValid(
    grant: string,
    principal: Principal,
    asked: { readonly uploadId: UploadId; readonly nowMs: number },
  ): boolean {
    const bytes = parsed(grant);
    if (bytes === undefined || bytes.length !== TIME_BYTES + MAC_BYTES) return false;
    const time = bytes.slice(0, TIME_BYTES);
    const isOurs = isEqualConstantTime(bytes.slice(TIME_BYTES), this.#mac(principal, asked.uploadId, time));
    return isOurs && Number(new DataView(time.buffer).getBigUint64(0)) > asked.nowMs;
  }

  #mac({ deviceId, sessionId }: Principal, uploadId: UploadId, time: Uint8Array): Uint8Array {
    const session = utf8(sessionId);
    return hmacSha256(
      this.#key,
      concatBytes(utf8('rogatory/download/v1\0'), idBytes(deviceId), idBytes(uploadId), time, session),
    );
  }
}

function parsed(grant: string): Uint8Array | undefined {
  try {
    return fromBase64Url(grant);
  } catch {
    return undefined;
  }
}

function timeBytes(ms: number): Uint8Array {
  const bytes = new Uint8Array(TIME_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(ms));
  return bytes;
}
