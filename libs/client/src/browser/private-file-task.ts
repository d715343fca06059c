/** What a page asks of the worker that holds one private file; each is answered once, in order. */
export type PrivateFileTask =
  | { readonly kind: 'open'; readonly name: string }
  | { readonly kind: 'size' }
  | { readonly kind: 'read'; readonly offset: number; readonly length: number }
  | { readonly kind: 'write'; readonly offset: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'truncate'; readonly length: number }
  | { readonly kind: 'close' };

/** `value` is what was asked for: a size, bytes, or nothing. */
export type PrivateFileAnswer =
  | { readonly kind: 'done'; readonly value: number | Uint8Array<ArrayBuffer> | undefined }
  | { readonly kind: 'failed'; readonly name: string };

/** The folder of unfinished downloads in the storage that browsers keep from other sites. */
export const PRIVATE_FOLDER = 'rogatory-downloads';
