/** A running SHA-256. After `digest` it must not be used again. */
export interface Sha256Stream {
  update(bytes: Uint8Array): Sha256Stream;
  /** The 32 bytes of the digest. */
  digest(): Uint8Array;
}

/** What a runtime offers for SHA-256 (FIPS 180-4), synchronously; all runtimes give the same bytes. */
export interface Sha256 {
  digest(parts: readonly Uint8Array[]): Uint8Array;
  stream(): Sha256Stream;
  /** HMAC-SHA-256 (RFC 2104). */
  hmac(key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array;
}
