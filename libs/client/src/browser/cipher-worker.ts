import { Secret } from '@rogatory/kernel';
import type { FileLayout } from '@rogatory/e2ee/files';
import { carryOut, type CipherFile, type CipherTask } from '../documents/cipher-task.js';
import { CIPHER_READY } from './cipher-ready.js';

/** The file first, then its parts. */
type Told = { readonly key: Uint8Array; readonly layout: FileLayout } | CipherTask;

let file: CipherFile | undefined;

addEventListener('message', ({ data }: MessageEvent<Told>) => {
  if ('layout' in data) file = { key: new Secret(data.key), layout: data.layout };
  else if (file !== undefined) answer(data, file);
});

function answer(task: CipherTask, of: CipherFile): void {
  const done = carryOut(task, of);
  postMessage(done, { transfer: done.kind === 'done' ? [done.bytes.buffer as ArrayBuffer] : [] });
}

postMessage(CIPHER_READY);
