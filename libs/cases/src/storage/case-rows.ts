import { idBytes, idFromBytes } from '@rogatory/kernel';
import type { CaseId, CompartmentId } from '@rogatory/kernel';
import { type CaseRole, caseRoles } from '@rogatory/protocol';
import type { RowReader } from '@rogatory/platform-database';
import { brokenRow } from '../domain/case.errors.js';
import type { CompartmentHead, MemberRow } from '../domain/compartment.js';

/** A uuid column of an id of 16 bytes. */
export function shortId<Id extends string>(row: RowReader, column: string): Id {
  return row.text(column).replaceAll('-', '') as Id;
}

/** A bytea column of an id of 32 bytes. */
export function longId<Id extends string>(row: RowReader, column: string): Id {
  return idFromBytes<Id>(row.bytes(column));
}

export function longIds(ids: readonly string[]): readonly Uint8Array[] {
  return ids.map(idBytes);
}

export const headColumns = `c.compartment_id, c.case_id, c.chain_seq, c.link_hash, c.epoch, c.is_closed, c.content_size,
  c.content_root, c.content_frontier, c.creator_device::text AS creator_device, c.owner_authority::text AS owner_authority,
  c.created_at, c.frozen_until, c.frozen_for::text AS frozen_for`;

export function readHead(row: RowReader): CompartmentHead {
  const frozenFor = row.optionalText('frozen_for');
  return {
    compartmentId: longId<CompartmentId>(row, 'compartment_id'),
    caseId: longId<CaseId>(row, 'case_id'),
    chainSeq: row.integer('chain_seq'),
    linkHash: row.bytes('link_hash').slice(),
    epoch: row.integer('epoch'),
    isClosed: row.boolean('is_closed'),
    contentSize: row.integer('content_size'),
    contentRoot: row.bytes('content_root').slice(),
    contentFrontier: row.bytes('content_frontier').slice(),
    creatorDevice: shortId(row, 'creator_device'),
    ownerAuthorityId: shortId(row, 'owner_authority'),
    createdAtMs: row.integer('created_at'),
    frozenUntilMs: row.integer('frozen_until'),
    frozenFor: frozenFor === undefined ? undefined : shortId(row, 'frozen_for'),
  };
}

export const memberColumns = `m.compartment_id, m.case_id, m.device_id::text AS device_id, m.person_id::text AS person_id,
  m.authority_id::text AS authority_id, m.role, m.not_after`;

const roles: ReadonlySet<number> = new Set(Object.values(caseRoles));

export function readMember(row: RowReader): MemberRow {
  const role = row.integer('role');
  if (!roles.has(role)) throw brokenRow();
  return {
    compartmentId: longId<CompartmentId>(row, 'compartment_id'),
    caseId: longId<CaseId>(row, 'case_id'),
    deviceId: shortId(row, 'device_id'),
    personId: shortId(row, 'person_id'),
    authorityId: shortId(row, 'authority_id'),
    role: role as CaseRole,
    notAfterMs: row.integer('not_after'),
  };
}

export function isConflictOn(error: unknown, constraint: string): boolean {
  if (typeof error !== 'object' || error === null || Reflect.get(error, 'code') !== 'database/conflict') return false;
  const details: unknown = Reflect.get(error, 'details');
  return typeof details === 'object' && details !== null && Reflect.get(details, 'constraint') === constraint;
}
