import { isRogatoryError } from '@rogatory/kernel';

/** The code of the refusal that a call ends in; `accepted` where it ends in none. @throws what is no refusal of ours. */
export function codeOf(run: () => unknown): string {
  try {
    run();
    return 'accepted';
  } catch (error) {
    if (isRogatoryError(error)) return error.code;
    throw error;
  }
}
