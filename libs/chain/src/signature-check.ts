import { type SignatureClaim, verifySignature } from '@rogatory/crypto/verify';
import type { ChainFacts } from './facts.js';

/** @throws VerificationError `crypto/signature` when it does not hold. */
export function checkSignature({ proven }: ChainFacts, claim: SignatureClaim): void {
  if (proven === undefined) verifySignature(claim);
  else proven.verifySignature(claim);
}
