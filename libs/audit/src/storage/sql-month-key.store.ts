import { prepared, type Reader, type Writer } from '@rogatory/platform-database';
import type { MonthKeyStore } from '../application/month-key.store.js';

const findKey = prepared('audit/find-month-key', 'SELECT wrapped FROM audit_month_key WHERE month = $1');
const addKey = prepared(
  'audit/add-month-key',
  'INSERT INTO audit_month_key (month, wrapped) VALUES ($1, $2) ON CONFLICT (month) DO NOTHING',
);

export class SqlMonthKeyStore implements MonthKeyStore {
  async find(reader: Reader, month: string): Promise<Uint8Array | undefined> {
    return reader.queryOne(findKey, [month], (row) => row.bytes('wrapped'));
  }

  async add(writer: Writer, month: string, wrapped: Uint8Array): Promise<void> {
    await writer.execute(addKey, [month, wrapped]);
  }
}
