import type { Secret } from '@rogatory/kernel';
import type { FileLayout } from '@rogatory/e2ee/files';
import { localPartCiphers, type PartCiphers } from '../documents/cipher-pool.js';
import { type CipherListener, CipherRound, type CipherThread } from '../documents/cipher-round.js';
import type { CipherAnswer, CipherTask } from '../documents/cipher-task.js';
import { CIPHER_READY } from './cipher-ready.js';

/** From here on a file is sealed beside the page, which has to stay quick under the fingers. */
const WORTH_BYTES = 1024 * 1024;
const MAX_WORKERS = 2;

/**
 * Seals and opens in up to two workers, as many as there are processors; small files in the page.
 * @param start a worker that runs `@rogatory/client/browser/cipher-worker`.
 */
export function workerPartCiphers(start: () => Worker): PartCiphers {
  return (segmentKey, layout) => {
    if (layout.storedSize < WORTH_BYTES) return localPartCiphers(segmentKey, layout);
    const count = Math.min(MAX_WORKERS, navigator.hardwareConcurrency);
    return new CipherRound(count, (listener) => begin(start(), { segmentKey, layout }, listener));
  };
}

function begin(
  worker: Worker,
  { segmentKey, layout }: { readonly segmentKey: Secret; readonly layout: FileLayout },
  listener: CipherListener,
): CipherThread {
  const key = segmentKey.use((bytes) => bytes.slice());
  let early: CipherTask[] | undefined = [];
  const send = (task: CipherTask): void => worker.postMessage(task, [task.bytes.buffer]);
  const hand = (): void => {
    worker.postMessage({ key, layout }, [key.buffer]);
    early?.forEach(send);
    early = undefined;
  };
  worker.addEventListener('message', ({ data }: MessageEvent<CipherAnswer | typeof CIPHER_READY>) => {
    if (data === CIPHER_READY) hand();
    else listener.take(data);
  });
  worker.addEventListener('error', ({ message }) => listener.fail(message));
  worker.addEventListener('messageerror', () => listener.fail('messageerror'));
  return {
    send: (task) => (early === undefined ? send(task) : void early.push(task)),
    stop: async () => {
      worker.terminate();
      if (early !== undefined) key.fill(0); // else its memory is the worker's
    },
  };
}
