import type { ActId } from '@rogatory/kernel';
import { sha256 } from '@rogatory/crypto/verify';
import { type LogSuccession, logSuccessionText } from '@rogatory/protocol';
import { type AuditEntry, nothingConcerned, systemActor } from '../../domain/audit-entry.js';

/**
 * The first record of a log that follows another one: it names the last head of that log, and the very bytes of the
 * checkpoint under which clients may follow. Serves the turn of a half-year and the abandonment of a log alike.
 * SPEC: retention 6
 */
export function genesisEntry(id: ActId, succession: LogSuccession, finalCheckpoint: Uint8Array): AuditEntry {
  return {
    ...{ id, event: 'log.genesis', outcome: 'allowed', reasonCode: 'ok', who: systemActor },
    what: { ...nothingConcerned, objectHash: sha256(finalCheckpoint), detail: logSuccessionText(succession) },
  };
}
