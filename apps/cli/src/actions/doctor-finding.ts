export type Verdict = 'well' | 'attention' | 'wrong' | 'not-checked';

/** One thing that the doctor looked at. */
export interface Finding {
  readonly check: string;
  readonly verdict: Verdict;
  readonly says: string;
}
