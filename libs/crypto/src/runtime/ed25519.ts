/**
 * Ed25519 as libsodium has it: strict verification (canonical S and key, no R or key of small order). Every driver gives the
 * same verdict on the same bytes: two verdicts on one signature would split what members see. `ed25519.contract.ts` holds
 * each of them to that.
 */
export interface Ed25519 {
  /** Which build of libsodium does the work: the addon of the platform, or WebAssembly, which runs everywhere. */
  readonly driver: 'native' | 'webassembly';
  /** The 64 bytes of RFC 8032. MUST be given a key of 64 bytes (seed ‖ public key), and keeps no copy of it. */
  sign(message: Uint8Array, expandedKey: Uint8Array): Uint8Array;
  /** MUST be given a key of 32 and a signature of 64 bytes; says no to whatever else these bytes are. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}
