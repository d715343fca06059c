import { concatBytes } from '@rogatory/kernel';
import { verificationError } from '../client.errors.js';

const LINE_FEED = 0x0a;
const MAX_RECEIPT_BYTES = 4_096;

/**
 * The chunks behind the first line of a stream, which tells the receipt of the act that asked for it.
 * @throws VerificationError `client/answer` when the first line is none.
 */
export async function* linesBehindReceipt(
  chunks: AsyncIterable<Uint8Array>,
  take: (receipt: unknown) => void,
): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array(0);
  for await (const chunk of chunks) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head = concatBytes(head, chunk);
    const end = head.indexOf(LINE_FEED);
    if (end < 0 && head.length <= MAX_RECEIPT_BYTES) continue;
    take(receiptOf(head.subarray(0, Math.max(end, 0))));
    const rest = head.subarray(end + 1);
    head = undefined;
    yield rest;
  }
  if (head !== undefined) throw verificationError('client/answer');
}

function receiptOf(line: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line));
  } catch (cause) {
    throw verificationError('client/answer', { cause });
  }
}
