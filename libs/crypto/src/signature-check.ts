/** Bytes and who is said to have signed them: key 32, signature 64 bytes. */
export interface SignedBytes {
  readonly publicKey: Uint8Array;
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
}

/** Finds signatures that hold beside the calling thread; the platform gives one where it has threads. */
export interface SignatureCheck {
  /**
   * One answer each. MUST say yes only where libsodium does (`judged` of the batch entry); a no means nothing, for some may
   * be left to the caller. Bytes are copied before it returns. MUST NOT reject.
   */
  prove(signed: readonly SignedBytes[]): Promise<readonly boolean[]>;
}
