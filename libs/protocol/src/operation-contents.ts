import { limits } from '@rogatory/kernel';
import { ByteReader, ByteWriter } from './codec.js';
import { sizes } from './purposes.js';

/** The sealed content of a freeze: what was computed, and a text. */
export interface FreezeContent {
  readonly sheetHash: Uint8Array;
  readonly reason: string;
}

const MAX_REASON_BYTES = 4 * limits.maxJustificationCharacters;

/** The sealed content of call, suspend, resume, abort, finish, vote and debrief (docs/spec/operations.md 5). */
export function encodeOperationReason(reason: string): Uint8Array {
  return new ByteWriter().text16(reason).finish();
}

export function decodeOperationReason(bytes: Uint8Array): string {
  const reader = new ByteReader(bytes, limits.maxItemBytes);
  const reason = reader.text16(MAX_REASON_BYTES);
  reader.end();
  return reason;
}

export function encodeFreezeContent({ sheetHash, reason }: FreezeContent): Uint8Array {
  return new ByteWriter().fixed(sheetHash, sizes.hash).text16(reason).finish();
}

export function decodeFreezeContent(bytes: Uint8Array): FreezeContent {
  const reader = new ByteReader(bytes, limits.maxItemBytes);
  const content = { sheetHash: reader.fixed(sizes.hash), reason: reader.text16(MAX_REASON_BYTES) };
  reader.end();
  return content;
}
