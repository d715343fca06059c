import type { ReceiptSink } from '@rogatory/platform-graphql';
import type { Answered } from '../application/acted.js';

/** The result of an act, its receipt put where the edge finds it. */
export function answer<Result>(receipts: ReceiptSink, { result, receipt }: Answered<Result>): Result {
  if (receipt !== undefined) receipts.put(receipt);
  return result;
}
