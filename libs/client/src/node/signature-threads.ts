import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { packed, type SignatureCheck } from '@rogatory/crypto/batch';
import { SignatureThread } from './signature-thread.js';

/** Below this a thread costs more than it gives. */
const WORTH = 16;
/** Every so many-th is left to the caller, so that both are done at the same time: judging takes nearly what checking does. */
const LEFT_TO_CALLER = 16;
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
      const verdicts = await thread.judge(packed(signed.filter((_, i) => i % LEFT_TO_CALLER !== 0)));
      let next = 0;
      return signed.map((_, i) => i % LEFT_TO_CALLER !== 0 && verdicts[next++] === 1);
    },
    close: () => thread.close(),
  };
}
