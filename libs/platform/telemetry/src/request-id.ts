import { AsyncLocalStorage } from 'node:async_hooks';
import { type Brand, type RandomBytes, toHex } from '@rogatory/kernel';

/** Names one request in logs and in the answer to its caller; made by the server, never taken from a client. */
export type RequestId = Brand<string, 'RequestId'>;

const REQUEST_ID_BYTES = 12;
const current = new AsyncLocalStorage<RequestId>();

export function newRequestId(random: RandomBytes): RequestId {
  return toHex(random(REQUEST_ID_BYTES)) as RequestId;
}

/** Runs `work` so that each log line inside carries the id. */
export function withRequestId<T>(id: RequestId, work: () => T): T {
  return current.run(id, work);
}

export function currentRequestId(): RequestId | undefined {
  return current.getStore();
}
