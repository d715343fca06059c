import type { Reader, Writer } from '@rogatory/platform-database';

/** Wrapped keys of the calendar months. */
export interface MonthKeyStore {
  find(reader: Reader, month: string): Promise<Uint8Array | undefined>;
  /** Stores unless there is one already; MUST NOT replace. */
  add(writer: Writer, month: string, wrapped: Uint8Array): Promise<void>;
}
