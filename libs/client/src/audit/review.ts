import type { AuditPurpose } from '@rogatory/protocol';
import type { Justification } from '../acts/justification.js';
import type { OpenRecord } from './open-record.js';

/** Why an auditor looks: a purpose of LED article 25(2), and the reason that is signed and recorded like any other. */
export interface Review {
  readonly purpose: AuditPurpose;
  readonly justification?: Justification;
}

export interface RecordList {
  readonly records: readonly OpenRecord[];
  /** Give it as `beforeIndex` for the next page; undefined at the end. */
  readonly nextBeforeIndex: number | undefined;
}
