import { parentPort } from 'node:worker_threads';
import { judged } from '@rogatory/crypto/batch';
import type { SignatureTask } from './signature-thread.js';

parentPort?.on('message', ({ id, batch }: SignatureTask) => {
  const verdicts = judged(batch);
  parentPort?.postMessage({ id, verdicts }, [verdicts.buffer]);
});
