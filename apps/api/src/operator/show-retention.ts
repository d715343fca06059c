import { readFile } from 'node:fs/promises';
import { readRetentionStatus } from '@rogatory/audit';
import type { Clock } from '@rogatory/kernel';
import type { Configuration } from '@rogatory/platform-config';
import { legalBases, nameOf, parseRetentionSettings } from '@rogatory/protocol';
import type { StoppedServer } from './stopped-server.js';

/** What the nightly job would clear now, by legal basis, and what it cleared. @throws UsageError `retention/settings`. */
export async function showRetention(
  { database }: StoppedServer,
  { audit }: Pick<Configuration, 'audit'>,
  clock: Clock,
): Promise<object> {
  const text = audit.retentionFile === undefined ? undefined : await readFile(audit.retentionFile, 'utf8');
  const status = await readRetentionStatus(database, parseRetentionSettings(text), clock.nowMs());
  const lines = status.lines.map(({ basis, ...line }) => ({
    basis: basis === undefined ? 'none' : nameOf(legalBases, basis),
    ...line,
  }));
  return { ...status, lines };
}
