import { prepared, type Writer } from '@rogatory/platform-database';
import type { UsedNonce, UsedNonces } from '../application/directory.store.js';

const forget = prepared('witness-nonces/forget', 'DELETE FROM directory_witness_nonce WHERE void_ms < $1');
const use = prepared(
  'witness-nonces/use',
  `INSERT INTO directory_witness_nonce (witness_key, nonce, void_ms) VALUES ($1, $2, $3)
   ON CONFLICT DO NOTHING RETURNING void_ms`,
);

export class SqlUsedNonces implements UsedNonces {
  async use(writer: Writer, { witnessKey, nonce, voidMs }: UsedNonce, nowMs: number): Promise<boolean> {
    await writer.execute(forget, [nowMs]);
    const taken = await writer.queryRows(use, [witnessKey, nonce, voidMs], (row) => row.integer('void_ms'));
    return taken.length === 1;
  }
}
