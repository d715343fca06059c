/** What a person or an operator of this device ought to look at. Saved by place: new ones go to the end. */
export const concernKinds = [
  'receipt-missing',
  'receipt-wrong',
  'receipt-overdue',
  'log-shrank',
  'box-fault',
  'fork',
  'bad-item',
  'history-refused',
  'stranger',
  'head-missing',
  'head-unproven',
  'log-abandoned',
  'log-replaced',
  'peer-head',
] as const;

/** Nothing of it carries content. */
export interface Concern {
  readonly kind: (typeof concernKinds)[number];
  readonly recordId?: string;
  readonly compartmentId?: string;
  /** Of a bad item: its place in the log, and who signed it. Of a stranger: the device that only a row lets in. */
  readonly position?: number;
  readonly personId?: string;
  readonly deviceId?: string;
  /** Of a refused history: what the verifier found. */
  readonly code?: string;
}

export type OnConcern = (concern: Concern) => void;

/** A concern that this device keeps until its person takes note of it. */
export interface Alarm extends Concern {
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** How often it was raised. */
  readonly times: number;
}
