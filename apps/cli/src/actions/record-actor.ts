import type { Client, OpenRecord } from '@rogatory/client';
import { auditActorKinds, auditEvents } from '@rogatory/protocol';
import { personLine } from '../run/names.js';

/** Whom a record names: a person, a caller who proved nothing, the service, or somebody whom this auditor may not see. */
export function actorLine(client: Client, { leaf, groups: { who } }: Pick<OpenRecord, 'leaf' | 'groups'>): string {
  if (who?.personId !== undefined) return personLine(client, who.personId);
  if (who?.kind === auditActorKinds.unproven) return 'a caller without proof';
  const groups: readonly string[] = auditEvents[leaf.ev].groups;
  return groups.includes('who') ? `somebody of ${leaf.ms}` : 'the service';
}
