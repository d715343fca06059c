import type { DirectoryEntry } from '@rogatory/protocol';
import { demoIdentities } from './directory.errors.js';

/**
 * Authorities of a demonstration are marked as such for ever, and everybody else hangs on an authority. Their keys are for
 * everybody: nobody of them may act beside real people. @throws RefusedError `directory/demo-identities`.
 */
export function demandRealAuthority(entry: DirectoryEntry, admitsDemo: boolean): void {
  if (!admitsDemo && entry.kind === 'authority' && entry.signed.record.isDemo) throw demoIdentities();
}
