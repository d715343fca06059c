import { unavailableError } from '../client.errors.js';
import type { FileTarget } from '../documents/file-ports.js';
import { guarded } from './storage-errors.js';

/**
 * A file that somebody chose to save to. The browser keeps what is written apart and moves it there at `commit`. What an
 * interrupted download wrote is gone: a resume begins anew.
 */
export async function chosenFileTarget(handle: FileSystemFileHandle): Promise<FileTarget> {
  const draft = await guarded(() => handle.createWritable());
  let length = 0;
  let isOpen = true;
  const give = (end: () => Promise<void>): Promise<void> =>
    guarded(async () => {
      if (isOpen) await end();
      isOpen = false;
    });
  return {
    size: async () => length,
    read: () => Promise.reject(unavailableError('client/storage')),
    write: (offset, bytes) =>
      guarded(async () => {
        await draft.write({ type: 'write', position: offset, data: bytes.slice() });
        length = Math.max(length, offset + bytes.length);
      }),
    truncate: (next) =>
      guarded(async () => {
        await draft.truncate(next);
        length = next;
      }),
    commit: () => give(() => draft.close()),
    discard: () => give(() => draft.abort()),
    close: () => give(() => draft.abort()),
  };
}
