import type { Acted, PromisedRecord } from '@rogatory/audit';

/** What an act gave, with the server's promise of its record: an act that is sent again gets the same one again. */
export interface Answered<Result> {
  readonly result: Result;
  readonly receipt?: PromisedRecord;
}

export function answered<Result>({ result, recordId, promise }: Acted<Result>): Answered<Result> {
  return { result, receipt: { recordId, promise } };
}
