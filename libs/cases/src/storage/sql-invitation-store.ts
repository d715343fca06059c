import { type CaseId, idBytes, type InvitationId } from '@rogatory/kernel';
import { type InvitationTarget, invitationTargets } from '@rogatory/protocol';
import { prepared, type Reader, type RowReader, type Writer } from '@rogatory/platform-database';
import type { Addressee, InvitationReader, InvitationWriter } from '../application/invitation.store.js';
import { brokenRow, invitationUsed } from '../domain/case.errors.js';
import type { InvitationEntry, InvitationRow, NewAcceptance, NewInvitation } from '../domain/invitation-row.js';
import { isConflictOn, longId, shortId } from './case-rows.js';

const columns = `i.invitation_id::text AS invitation_id, i.case_id, i.sponsor_person::text AS sponsor_person, i.target,
  i.target_id::text AS target_id, i.uses_left, i.is_revoked, i.not_after, i.bytes, i.received_at`;

const find = prepared('cases/find-invitation', `SELECT ${columns} FROM invitation i WHERE i.invitation_id = $1`);
const ofCase = prepared(
  'cases/invitations-of-case',
  `SELECT ${columns}, ARRAY(SELECT a.bytes FROM acceptance a WHERE a.invitation_id = i.invitation_id
      ORDER BY a.received_at, a.person_id) AS acceptances
    FROM invitation i WHERE i.case_id = $1 ORDER BY i.received_at DESC, i.invitation_id LIMIT $2`,
);
const toAsker = prepared(
  'cases/invitations-to-asker',
  `SELECT ${columns}, ARRAY(SELECT a.bytes FROM acceptance a
      WHERE a.invitation_id = i.invitation_id AND a.person_id = $1) AS acceptances
    FROM invitation i WHERE (i.target = 1 AND i.target_id = $1) OR (i.target = 2 AND i.target_id = $2)
      OR (i.target = 3 AND i.target_id = $3)
    ORDER BY i.received_at DESC, i.invitation_id LIMIT $4`,
);
const countOpen = prepared(
  'cases/count-open-invitations',
  `SELECT count(*) AS open FROM invitation
    WHERE case_id = $1 AND NOT is_revoked AND uses_left > 0 AND not_after > $2`,
);
const add = prepared(
  'cases/add-invitation',
  `INSERT INTO invitation (invitation_id, case_id, sponsor_person, target, target_id, uses_left, is_revoked, not_after,
      bytes, received_at, audit_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
);
const revoke = prepared(
  'cases/revoke-invitation',
  'UPDATE invitation SET is_revoked = true WHERE invitation_id = $1 AND NOT is_revoked',
);
const takeUse = prepared(
  'cases/take-invitation-use',
  `UPDATE invitation SET uses_left = uses_left - 1
    WHERE invitation_id = $1 AND uses_left > 0 AND NOT is_revoked AND not_after > $2`,
);
const addAcceptance = prepared(
  'cases/add-acceptance',
  `INSERT INTO acceptance (invitation_id, person_id, device_id, bytes, received_at, audit_id)
    VALUES ($1, $2, $3, $4, $5, $6)`,
);

const targets: ReadonlySet<number> = new Set(Object.values(invitationTargets));

/** Invitations and their answers over either engine. */
export class SqlInvitationStore implements InvitationReader, InvitationWriter {
  find(reader: Reader, id: InvitationId): Promise<InvitationRow | undefined> {
    return reader.queryOne(find, [id], readInvitation);
  }

  ofCase(reader: Reader, caseId: CaseId, most: number): Promise<readonly InvitationEntry[]> {
    return reader.queryRows(ofCase, [idBytes(caseId), most], readEntry);
  }

  toAsker(reader: Reader, asker: Addressee, most: number): Promise<readonly InvitationEntry[]> {
    return reader.queryRows(toAsker, [asker.personId, asker.postId, asker.authorityId, most], readEntry);
  }

  async countOpen(reader: Reader, caseId: CaseId, nowMs: number): Promise<number> {
    return (await reader.queryOne(countOpen, [idBytes(caseId), nowMs], (row) => row.integer('open'))) ?? 0;
  }

  async add(writer: Writer, invitation: NewInvitation): Promise<void> {
    const { invitationId, caseId, sponsorPerson, target, targetId, usesLeft, isRevoked, notAfterMs } = invitation;
    const terms = [invitationId, idBytes(caseId), sponsorPerson, target, targetId, usesLeft, isRevoked, notAfterMs];
    await writer.execute(add, [...terms, invitation.bytes, invitation.receivedAtMs, invitation.auditId]);
  }

  async revoke(writer: Writer, id: InvitationId): Promise<boolean> {
    return (await writer.execute(revoke, [id])) === 1;
  }

  async takeUse(writer: Writer, id: InvitationId, nowMs: number): Promise<boolean> {
    return (await writer.execute(takeUse, [id, nowMs])) === 1;
  }

  async addAcceptance(writer: Writer, acceptance: NewAcceptance): Promise<void> {
    const { invitationId, personId, deviceId, bytes, receivedAtMs, auditId } = acceptance;
    try {
      await writer.execute(addAcceptance, [invitationId, personId, deviceId, bytes, receivedAtMs, auditId]);
    } catch (error) {
      throw isConflictOn(error, 'acceptance_pkey') ? invitationUsed() : error;
    }
  }
}

function readInvitation(row: RowReader): InvitationRow {
  const target = row.integer('target');
  if (!targets.has(target)) throw brokenRow();
  return {
    invitationId: shortId(row, 'invitation_id'),
    caseId: longId<CaseId>(row, 'case_id'),
    sponsorPerson: shortId(row, 'sponsor_person'),
    target: target as InvitationTarget,
    targetId: shortId(row, 'target_id'),
    usesLeft: row.integer('uses_left'),
    isRevoked: row.boolean('is_revoked'),
    notAfterMs: row.integer('not_after'),
    bytes: row.bytes('bytes').slice(),
    receivedAtMs: row.integer('received_at'),
  };
}

function readEntry(row: RowReader): InvitationEntry {
  return { invitation: readInvitation(row), acceptances: row.bytesList('acceptances') };
}
