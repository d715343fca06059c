import { parentPort, workerData } from 'node:worker_threads';
import { Secret } from '@rogatory/kernel';
import type { FileLayout } from '@rogatory/e2ee/files';
import { carryOut, type CipherTask } from '../documents/cipher-task.js';
import { collectorOfYoung } from './collect-segments.js';

const { key, layout } = workerData as { readonly key: Uint8Array; readonly layout: FileLayout };
const file = { key: new Secret(key), layout };
const collect = collectorOfYoung();

parentPort?.on('message', (task: CipherTask) => {
  const answer = carryOut(task, file);
  parentPort?.postMessage(answer, answer.kind === 'done' ? [answer.bytes.buffer as ArrayBuffer] : []);
  collect();
});
