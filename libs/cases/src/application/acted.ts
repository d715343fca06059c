import type { ActId } from '@rogatory/kernel';
import type { Acted } from '@rogatory/audit';

/** What an act gave, with the server's promise to record it; none for an act that was sent again or had no effect. */
export interface Answered<Result> {
  readonly result: Result;
  readonly receipt?: { readonly recordId: ActId; readonly promise: Uint8Array };
}

export function answered<Result>({ result, recordId, promise }: Acted<Result>): Answered<Result> {
  return { result, receipt: { recordId, promise } };
}
