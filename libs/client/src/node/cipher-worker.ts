import { parentPort, workerData } from 'node:worker_threads';
import { Secret } from '@rogatory/kernel';
import type { FileLayout } from '@rogatory/e2ee';
import { carryOut, type CipherTask } from './cipher-task.js';

const { key, layout } = workerData as { readonly key: Uint8Array; readonly layout: FileLayout };
const secret = new Secret(key);

parentPort?.on('message', (task: CipherTask) => {
  const answer = carryOut(task, secret, layout);
  const buffers = answer.kind === 'done' ? [answer.bytes.buffer as ArrayBuffer] : [];
  parentPort?.postMessage(answer, [...buffers, answer.given.buffer]);
});
