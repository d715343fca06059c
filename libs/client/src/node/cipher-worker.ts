import { parentPort, workerData } from 'node:worker_threads';
import { Secret } from '@rogatory/kernel';
import type { FileLayout } from '@rogatory/e2ee';
import { carryOut } from './cipher-threads.js';

/** One part to seal or open; both buffers are given away and come back with the answer. */
export interface CipherTask {
  readonly id: number;
  readonly kind: 'seal' | 'open';
  readonly index: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where the result goes. */
  readonly spare: ArrayBuffer;
}

interface Answered {
  readonly id: number;
  /** The bytes of the task, for their buffer. */
  readonly given: Uint8Array<ArrayBuffer>;
}

export type CipherAnswer =
  | (Answered & { readonly kind: 'done'; readonly bytes: Uint8Array; readonly leaves: Uint8Array })
  | (Answered & { readonly kind: 'failed'; readonly code: string });

const { key, layout } = workerData as { readonly key: Uint8Array; readonly layout: FileLayout };
const secret = new Secret(key);

parentPort?.on('message', (task: CipherTask) => {
  const answer = carryOut(task, secret, layout);
  const buffers = answer.kind === 'done' ? [answer.bytes.buffer as ArrayBuffer] : [];
  parentPort?.postMessage(answer, [...buffers, answer.given.buffer]);
});
