import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { packed, type SignatureCheck } from '@rogatory/crypto/batch';
import { SignatureThread } from './signature-thread.js';

/** Below this a thread costs more than it gives. */
const WORTH = 16;
const ownProgram = fileURLToPath(new URL('./signature-worker.js', import.meta.url));

/**
 * Checks signatures in a thread of its own. Leaves all to the caller where the thread's
 * program is not at hand.
 */
export function threadSignatureCheck(program = ownProgram): SignatureCheck & { close(): Promise<void> } {
  const thread = new SignatureThread(program);
  const isThere = existsSync(program);
  return {
    prove: async (signed) => {
      if (!isThere || signed.length < WORTH) return signed.map(() => false);
      const verdicts = await thread.judge(packed(signed));
      return signed.map((_, i) => verdicts[i] === 1);
    },
    close: () => thread.close(),
  };
}
