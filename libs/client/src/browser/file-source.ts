import { refusedError, unavailableError } from '../client.errors.js';
import type { FileSource } from '../documents/file-ports.js';

/**
 * A file that somebody chose, read piece by piece. It is found again by its name and folder, size and time: whoever
 * chooses the same file after a reload goes on with its upload.
 * @throws RefusedError `client/source-changed` from `read`, once the file on disk is another or gone.
 */
export function chosenFileSource(file: File): FileSource {
  const path = file.webkitRelativePath === '' ? file.name : file.webkitRelativePath;
  return {
    name: file.name.normalize('NFC'),
    place: `chosen:${path}`,
    mark: async () => ({ size: file.size, modifiedMs: file.lastModified }),
    read: (offset, into) => readInto(file, offset, into),
    close: async () => undefined,
  };
}

/** Fills `into` from a blob. */
export async function readInto(blob: Blob, offset: number, into: Uint8Array): Promise<Uint8Array> {
  const bytes = await bytesOf(blob.slice(offset, offset + into.length));
  if (bytes.length !== into.length) throw unavailableError('client/storage', { length: into.length, at: bytes.length });
  into.set(bytes);
  return into;
}

/** Browsers hold a chosen file to the size and time that it had, and tell any other in these two ways. */
const changed = new Set(['NotReadableError', 'NotFoundError']);

async function bytesOf(blob: Blob): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (cause) {
    if (cause instanceof DOMException && changed.has(cause.name))
      throw refusedError('client/source-changed', { cause });
    throw unavailableError('client/storage', cause);
  }
}
