import { type Brand, type RandomBytes, toHex } from '@rogatory/kernel';

/** Names one request in logs and in the answer to its caller; made by the server, never taken from a client. */
export type RequestId = Brand<string, 'RequestId'>;

const REQUEST_ID_BYTES = 12;

export function newRequestId(random: RandomBytes): RequestId {
  return toHex(random(REQUEST_ID_BYTES)) as RequestId;
}
