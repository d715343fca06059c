import { expect } from '@jest/globals';
import { type AuditReport, type Client, serverLogSource, verifyAuditLog } from '@rogatory/client';
import { limits } from '@rogatory/kernel';
import { parseVerifierKey } from '@rogatory/tlog';

/** The whole log of a running server, verified from its beginning and against earlier heads. */
export async function auditOf(auditor: Client, earlier: readonly Uint8Array[]): Promise<AuditReport> {
  const { auditOrigin: origin, logKeys, promiseKey } = await auditor.server();
  const prefix = `audit/log/${origin.slice(origin.lastIndexOf('/') + 1)}`;
  const source = serverLogSource(auditor.gateway.transport, prefix, () => auditor.gateway.accessToken());
  return verifyAuditLog({
    source,
    origin,
    logKeys: logKeys.map(parseVerifierKey),
    promiseKey,
    earlier,
    nowMs: Date.now(),
  });
}

/** Asserts that every promise that was ever made to these devices is kept, and that none of them has a concern. */
export async function promisesKept(clients: Iterable<Client>): Promise<void> {
  for (const client of clients) {
    for (let waiting = 1, endMs = Date.now() + limits.receiptDeadlineMs; waiting > 0 && Date.now() < endMs; ) {
      const receipts = await client.audit.receipts();
      expect(receipts.overdue).toEqual([]);
      waiting = receipts.waiting;
    }
    expect(client.concerns).toEqual([]);
  }
}
