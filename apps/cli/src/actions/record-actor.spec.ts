import { describe, expect, it } from '@jest/globals';
import type { Client, OpenRecord } from '@rogatory/client';
import { auditActorKinds, type AuditEventCode } from '@rogatory/protocol';
import { actorLine } from './record-actor.js';

const client = {} as Client;

function record(ev: AuditEventCode, ms: string, who?: OpenRecord['groups']['who']): OpenRecord {
  const leaf = { v: 1, id: '00', t: 0, cls: 'system', ev, out: 'allowed', rc: 'ok', ms, com: {} } as OpenRecord['leaf'];
  return { ...({} as OpenRecord), leaf, groups: who === undefined ? {} : { who } };
}

describe('whom a record names', () => {
  it('is the service for its own work', () => {
    expect(actorLine(client, record('system.start', 'EU'))).toBe('the service');
    expect(actorLine(client, record('compartment.deliver', 'EU'))).toBe('the service');
  });

  it('is a caller without proof where nobody was proven', () => {
    const who = { kind: auditActorKinds.unproven, state: 'EU', caseRole: 0 } as const;
    expect(actorLine(client, record('authz.denied', 'EU', who))).toBe('a caller without proof');
  });

  it('is somebody of a state where the group is closed to this auditor', () => {
    expect(actorLine(client, record('doc.read', 'XB'))).toBe('somebody of XB');
  });
});
