import { PRIVATE_FOLDER, type PrivateFileAnswer, type PrivateFileTask } from './private-file-task.js';

/** What workers, and no pages, can do with a private file. */
interface SyncFile {
  getSize(): number;
  read(into: Uint8Array, options: { readonly at: number }): number;
  write(bytes: Uint8Array, options: { readonly at: number }): number;
  truncate(length: number): void;
  flush(): void;
  close(): void;
}

let opened: SyncFile | undefined;
let last: Promise<void> = Promise.resolve();

addEventListener('message', ({ data }: MessageEvent<PrivateFileTask>) => {
  last = last.then(async () => postMessage(await answer(data)));
});

async function answer(task: PrivateFileTask): Promise<PrivateFileAnswer> {
  try {
    return { kind: 'done', value: await carryOut(task) };
  } catch (error) {
    return { kind: 'failed', name: error instanceof Error ? error.name : 'unknown' };
  }
}

async function carryOut(task: PrivateFileTask): Promise<number | Uint8Array<ArrayBuffer> | undefined> {
  if (task.kind === 'open') {
    opened = await openFile(task.name);
    return undefined;
  }
  if (opened === undefined) throw new RangeError('no file is open');
  return work(opened, task);
}

function work(
  file: SyncFile,
  task: Exclude<PrivateFileTask, { kind: 'open' }>,
): number | Uint8Array<ArrayBuffer> | undefined {
  switch (task.kind) {
    case 'size':
      return file.getSize();
    case 'read': {
      const into = new Uint8Array(task.length);
      if (file.read(into, { at: task.offset }) !== task.length) throw new RangeError('fewer bytes than asked for');
      return into;
    }
    case 'write': {
      const written = file.write(task.bytes, { at: task.offset });
      if (written !== task.bytes.length) throw new RangeError('not all bytes were written');
      return undefined;
    }
    case 'truncate':
      file.truncate(task.length);
      return undefined;
    case 'close':
      file.flush();
      file.close();
      opened = undefined;
      return undefined;
  }
}

/** One holder at a time, of all tabs. */
async function openFile(name: string): Promise<SyncFile> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(PRIVATE_FOLDER, { create: true });
  const handle = await folder.getFileHandle(name, { create: true });
  const open: unknown = Reflect.get(handle, 'createSyncAccessHandle');
  if (typeof open !== 'function') throw new TypeError('no private files in this browser');
  return (await Reflect.apply(open, handle, [])) as SyncFile;
}
