import { BytesTarget, type Justification, type OpenCase, type OpenDocument } from '@rogatory/client';
import { parseUtf8 } from '@rogatory/kernel';
import type { SignedIn } from '../device/signed-in.js';
import { shownLines } from '../parts/shown.js';

/** Whatever is opened here lies in the memory of the page. */
export const MAX_OPENED_BYTES = 64 * 1024 * 1024;
const SAVED_WITHIN_MS = 60_000;
const MAX_SHOWN_CHARACTERS = 100_000;

/** A document that was verified to its last byte and opened on this device. */
export interface ReadDocument {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its beginning as plain signs; undefined for what is no text. */
  readonly preview: { readonly text: string; readonly isCut: boolean } | undefined;
}

export interface ReadingWish {
  readonly justification: Justification;
  readonly onPercent: (percent: number) => void;
}

/** Fetches, verifies and opens a whole document; its reading is recorded before a byte leaves the server. */
export async function readDocument(
  { client }: SignedIn,
  open: OpenCase,
  document: OpenDocument,
  { justification, onPercent }: ReadingWish,
): Promise<ReadDocument> {
  const target = new BytesTarget();
  const onProgress = progressOf(onPercent);
  await client.documents.download(open.root, document, target, { justification, onProgress });
  const bytes = new Uint8Array(target.bytes ?? []);
  return { name: document.manifest.name, bytes, preview: previewOf(bytes) };
}

export function progressOf(onPercent: (percent: number) => void) {
  return ({ doneBytes, totalBytes }: { readonly doneBytes: number; readonly totalBytes: number }): void =>
    onPercent(totalBytes === 0 ? 100 : Math.floor((100 * doneBytes) / totalBytes));
}

/** What a file says it is decides nothing: what reads as text is shown as text, and runs nowhere. */
export function previewOf(bytes: Uint8Array): ReadDocument['preview'] {
  if (bytes.includes(0)) return undefined;
  try {
    const signs = parseUtf8(bytes);
    const isCut = signs.length > MAX_SHOWN_CHARACTERS;
    return {
      text: shownLines(signs.slice(0, MAX_SHOWN_CHARACTERS).replaceAll('\r\n', '\n').replaceAll('\t', ' ')),
      isCut,
    };
  } catch {
    return undefined;
  }
}

/** Saves through the browser, as a file of no type: opening it is up to whoever saved it. */
export function saveOnDevice({ name, bytes }: ReadDocument): void {
  const address = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name.replace(/[\\/:*?"<>|\p{Cc}\p{Cf}]/gu, '_');
  link.click();
  // The browser reads it a moment after the click.
  setTimeout(() => URL.revokeObjectURL(address), SAVED_WITHIN_MS);
}
