import { isRogatoryError, UsageError } from '@rogatory/kernel';
import { unavailableError } from '../client.errors.js';

const NAME = /^[a-z0-9-]{1,80}$/;

/** @throws UsageError `client/input` for what no storage of ours is called. */
export function checkedName(name: string): string {
  if (!NAME.test(name)) throw new UsageError('client/input', 'the input is outside its bounds');
  return name;
}

/** Errors of the browser's storage, told in one way. */
export async function guarded<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (isRogatoryError(cause)) throw cause;
    throw unavailableError('client/storage', cause);
  }
}
