import { equalBytes, limits, toHex } from '@rogatory/kernel';
import { signatureError } from './crypto.errors.js';
import { isSignature, type SignatureClaim, signatureInput } from './signature.js';
import type { SignatureCheck, SignedBytes } from './signature-check.js';

/**
 * Signatures that were found to hold before somebody asks, so that a replay of thousands of links need not wait for each.
 * It saves time and decides nothing: what was not proven, is asked for with other bytes or another key, or did not hold,
 * is checked anew at that moment. Only checks put anything in here.
 */
export class ProvenSignatures {
  readonly #check: SignatureCheck | undefined;
  /** By signature. */
  readonly #proven = new Map<string, SignedBytes>();

  /** @param check where absent, nothing is known beforehand. */
  constructor(check?: SignatureCheck) {
    this.#check = check;
  }

  /**
   * Has claims checked beside the calling thread and remembers those found to hold, with a copy of
   * the message, up to `limits.maxProvenSignatures`. Claims may be wrong or guessed. Never rejects for a known purpose.
   */
  async prove(claims: readonly SignatureClaim[]): Promise<void> {
    if (this.#check === undefined) return;
    // Copies: what is remembered is what was checked, whatever becomes of the caller's bytes.
    const signed = claims.map(({ purpose, publicKey, message, signature }) => ({
      publicKey: publicKey.slice(),
      bytes: signatureInput(purpose, message),
      signature: signature.slice(),
    }));
    const verdicts = await this.#check.prove(signed);
    signed.forEach((proof, i) => {
      const hasRoom = this.#proven.size < limits.maxProvenSignatures;
      if (verdicts[i] === true && hasRoom) this.#proven.set(toHex(proof.signature), proof);
    });
  }

  /** As `verifySignature`; at once for a claim that was proven, which is then forgotten. @throws VerificationError `crypto/signature`. */
  verifySignature(claim: SignatureClaim): void {
    const name = toHex(claim.signature);
    const proven = this.#proven.get(name);
    this.#proven.delete(name);
    if (proven !== undefined && isProof(proven, claim)) return;
    if (!isSignature(claim)) throw signatureError();
  }
}

function isProof(proof: SignedBytes, { purpose, publicKey, message, signature }: SignatureClaim): boolean {
  return (
    equalBytes(proof.publicKey, publicKey) &&
    equalBytes(proof.signature, signature) &&
    equalBytes(proof.bytes, signatureInput(purpose, message))
  );
}
