import { unavailableError } from '../client.errors.js';
import type { FileTarget } from '../documents/file-ports.js';
import { PRIVATE_FOLDER, type PrivateFileAnswer, type PrivateFileTask } from './private-file-task.js';
import { checkedName, guarded } from './storage-errors.js';

/** A download that stays inside the browser until it is whole. */
export interface PrivateTarget extends FileTarget {
  /** The whole file, after `commit`; it can be read until `removePrivateFiles`. */
  file(): Promise<File>;
}

/**
 * A target in the storage that the browser keeps from other sites, for large files where nobody can choose a place first.
 * A download that a closed tab interrupted goes on where it was. It lies there in the clear, as a saved file would:
 * `removePrivateFiles` takes it away.
 * @param name of the document, not its title: the same name finds an interrupted download again.
 * @param start a worker that runs `@rogatory/client/browser/private-file-worker`.
 * @throws UnavailableError `client/storage`, also while another tab holds the same file.
 */
export async function openPrivateTarget(name: string, start: () => Worker): Promise<PrivateTarget> {
  const file = new PrivateFile(start());
  try {
    await file.ask({ kind: 'open', name: checkedName(name) });
  } catch (error) {
    file.stop();
    throw error;
  }
  const close = async (): Promise<void> => {
    if (file.isOpen) await file.ask({ kind: 'close' });
    file.stop();
  };
  return {
    size: async () => Number(await file.ask({ kind: 'size' })),
    read: async (offset, into) => {
      const bytes = await file.ask({ kind: 'read', offset, length: into.length });
      if (!(bytes instanceof Uint8Array) || bytes.length !== into.length) throw unavailableError('client/storage');
      into.set(bytes);
      return into;
    },
    write: async (offset, bytes) => void (await file.ask({ kind: 'write', offset, bytes: bytes.slice() })),
    truncate: async (length) => void (await file.ask({ kind: 'truncate', length })),
    commit: close,
    close,
    discard: async () => {
      await close();
      await guarded(async () => (await folder()).removeEntry(name));
    },
    file: () => guarded(async () => (await (await folder()).getFileHandle(name)).getFile()),
  };
}

/** Removes every download that lies in the browser, whole or not. */
export async function removePrivateFiles(): Promise<void> {
  await guarded(async () => {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry(PRIVATE_FOLDER, { recursive: true }).catch((error: unknown) => {
      if (!(error instanceof DOMException) || error.name !== 'NotFoundError') throw error;
    });
  });
}

async function folder(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(PRIVATE_FOLDER, { create: true });
}

interface Waiting {
  readonly resolve: (value: number | Uint8Array<ArrayBuffer> | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** The worker that holds one file; it answers in the order of the questions. */
class PrivateFile {
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];
  isOpen = true;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.addEventListener('message', ({ data }: MessageEvent<PrivateFileAnswer>) => this.#take(data));
    worker.addEventListener('error', () => this.stop());
  }

  ask(task: PrivateFileTask): Promise<number | Uint8Array<ArrayBuffer> | undefined> {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) return reject(unavailableError('client/storage'));
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(task, task.kind === 'write' ? [task.bytes.buffer] : []);
    });
  }

  stop(): void {
    this.isOpen = false;
    this.#worker.terminate();
    for (const { reject } of this.#waiting.splice(0)) reject(unavailableError('client/storage'));
  }

  #take(answer: PrivateFileAnswer): void {
    const asked = this.#waiting.shift();
    if (answer.kind === 'done') asked?.resolve(answer.value);
    else asked?.reject(unavailableError('client/storage', answer.name));
  }
}
