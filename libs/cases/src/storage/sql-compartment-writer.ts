import {
  type ActId,
  type CaseId,
  type CompartmentId,
  concatBytes,
  type DeviceId,
  idBytes,
  isRogatoryError,
} from '@rogatory/kernel';
import { prepared, type Reader, type SqlValue, type Writer } from '@rogatory/platform-database';
import type { CompartmentWriter, EndedMembership, HeadMove } from '../application/compartment.store.js';
import { caseExists, logMoved } from '../domain/case.errors.js';
import type { CompartmentHead, MemberRow, MembershipDifference } from '../domain/compartment.js';
import type { NewBox, NewContentEntry, NewItemEntry, NewLinkEntry } from '../domain/content-entry.js';
import { isConflictOn, longId, longIds, readHead, shortId } from './case-rows.js';
import { headsOf, selectHeads } from './sql-compartment-reader.js';

const lockHeads = prepared('cases/lock-heads', `${headsOf} FOR NO KEY UPDATE OF c`);
// The columns that a head is judged by, and what they are taken for when they come as parameters.
const judged = [
  ['case_id', 'bytea'],
  ['chain_seq', 'bigint'],
  ['link_hash', 'bytea'],
  ['epoch', 'integer'],
  ['is_closed', 'boolean'],
  ['content_size', 'bigint'],
  ['content_root', 'bytea'],
  ['content_frontier', 'bytea'],
  ['owner_authority', 'uuid'],
  ['frozen_until', 'bigint'],
  ['frozen_for', 'uuid'],
] as const;
const judgedOf = (table: string): string => judged.map(([name]) => `${table}.${name}`).join(', ');
const confirmHeads = prepared(
  'cases/confirm-heads',
  `WITH locked AS MATERIALIZED (${selectHeads(`c.compartment_id, ${judgedOf('c')}`)} FOR NO KEY UPDATE OF c),
    given AS (SELECT * FROM unnest($1::bytea[], ${judged.map(([, type], i) => `$${i + 2}::${type}[]`).join(', ')})
      AS given (compartment_id, ${judged.map(([name]) => name).join(', ')}))
  SELECT CASE WHEN count(*) = count(l.compartment_id) AND count(*) = count(g.compartment_id)
      AND bool_and((${judgedOf('l')}) IS NOT DISTINCT FROM (${judgedOf('g')})) THEN true ELSE log_moved() END
    FROM locked l FULL JOIN given g ON g.compartment_id = l.compartment_id`,
);
const addCompartment = prepared(
  'cases/add-compartment',
  `INSERT INTO compartment (compartment_id, case_id, chain_seq, link_hash, epoch, is_closed, content_size, content_root,
      content_frontier, creator_device, owner_authority, created_at, audit_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
);
const addEntries = prepared(
  'cases/add-entries',
  `INSERT INTO content_entry (compartment_id, position, class, bytes, root, received_at, author_device, seq, sender_seq,
      object_id, version, limited_to, audit_id)
    SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::smallint[], $4::bytea[], $5::bytea[], $6::bigint[], $7::uuid[],
      $8::bigint[], $9::bigint[], $10::uuid[], $11::bigint[], $12::uuid[], $13::uuid[])`,
);
const moveHeads = prepared(
  'cases/move-heads',
  `WITH done AS (UPDATE compartment c SET chain_seq = moved.chain_seq, link_hash = moved.link_hash, epoch = moved.epoch,
      is_closed = moved.is_closed, content_size = moved.content_size, content_root = moved.content_root,
      content_frontier = moved.content_frontier, frozen_until = moved.frozen_until
    FROM unnest($1::bytea[], $2::bigint[], $3::bytea[], $4::integer[], $5::boolean[], $6::bigint[], $7::bytea[],
        $8::bytea[], $9::bigint[], $10::bigint[])
      AS moved (id, chain_seq, link_hash, epoch, is_closed, content_size, content_root, content_frontier, frozen_until,
        previous)
    WHERE c.compartment_id = moved.id AND c.content_size = moved.previous RETURNING 1)
  SELECT CASE WHEN count(*) = cardinality($1::bytea[]) THEN true ELSE log_moved() END FROM done`,
);
const addBoxes = prepared(
  'cases/add-boxes',
  `INSERT INTO box (compartment_id, seq, device_id, bytes, proof, audit_id)
    SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::uuid[], $4::bytea[], $5::bytea[], $6::uuid[])`,
);
const memberRows = `unnest($1::bytea[], $2::uuid[], $3::bytea[], $4::uuid[], $5::uuid[], $6::smallint[], $7::bigint[])`;
const addMembers = prepared(
  'cases/add-members',
  `INSERT INTO member (compartment_id, device_id, case_id, person_id, authority_id, role, not_after)
    SELECT * FROM ${memberRows}`,
);
const changeMembers = prepared(
  'cases/change-members',
  `UPDATE member m SET person_id = given.person_id, authority_id = given.authority_id, role = given.role,
      not_after = given.not_after
    FROM ${memberRows} AS given (compartment_id, device_id, case_id, person_id, authority_id, role, not_after)
    WHERE m.compartment_id = given.compartment_id AND m.device_id = given.device_id`,
);
const removeMembers = prepared(
  'cases/remove-members',
  'DELETE FROM member WHERE compartment_id = $1 AND device_id = ANY($2::uuid[])',
);
const forgetCaseMembers = prepared(
  'cases/forget-case-members',
  `SELECT compartment_id, device_id::text AS device_id, person_id::text AS person_id FROM forget_case_members($1)`,
);
const freeze = prepared(
  'cases/freeze',
  'UPDATE compartment SET frozen_until = $2, frozen_for = $3 WHERE compartment_id = ANY($1::bytea[])',
);

/** Columns of one statement for any number of rows. */
function columnsOf<Row>(rows: readonly Row[], ...values: readonly ((row: Row) => SqlValue)[]): SqlValue[] {
  return values.map((value) => rows.map(value));
}

export class SqlCompartmentWriter implements CompartmentWriter {
  lockHeads(writer: Reader, ids: readonly CompartmentId[]): Promise<readonly CompartmentHead[]> {
    return writer.queryRows(lockHeads, [longIds(ids)], readHead);
  }

  async confirmHeads(writer: Reader, heads: readonly CompartmentHead[]): Promise<void> {
    const params = columnsOf(
      heads,
      ({ compartmentId }) => idBytes(compartmentId),
      ({ caseId }) => idBytes(caseId),
      ({ chainSeq }) => chainSeq,
      ({ linkHash }) => linkHash,
      ({ epoch }) => epoch,
      ({ isClosed }) => isClosed,
      ({ contentSize }) => contentSize,
      ({ contentRoot }) => contentRoot,
      ({ contentFrontier }) => contentFrontier,
      ({ ownerAuthorityId }) => ownerAuthorityId,
      ({ frozenUntilMs }) => frozenUntilMs,
      ({ frozenFor }) => frozenFor ?? null,
    );
    await unmoved(writer.queryRows(confirmHeads, params, () => undefined));
  }

  async addCompartment(writer: Writer, head: CompartmentHead, act: ActId): Promise<void> {
    const { compartmentId, caseId, chainSeq, linkHash, epoch, isClosed, contentSize, contentRoot } = head;
    const place = [idBytes(compartmentId), idBytes(caseId), chainSeq, linkHash, epoch, isClosed];
    const content = [contentSize, contentRoot, head.contentFrontier];
    const origin = [head.creatorDevice, head.ownerAuthorityId, head.createdAtMs, act];
    try {
      await writer.execute(addCompartment, [...place, ...content, ...origin]);
    } catch (error) {
      throw isConflictOn(error, 'compartment_pkey') ? caseExists() : error;
    }
  }

  async addEntries(writer: Writer, entries: readonly NewContentEntry[]): Promise<void> {
    const params = columnsOf(
      entries,
      ({ compartmentId }) => idBytes(compartmentId),
      ({ position }) => position,
      (entry) => (entry.kind === 'item' ? entry.itemClass : 0),
      ({ bytes }) => bytes,
      ({ root }) => root,
      ({ receivedAtMs }) => receivedAtMs,
      ({ authorDevice }) => authorDevice,
      (entry) => ofLink(entry, ({ seq }) => seq),
      (entry) => ofItem(entry, ({ senderSeq }) => senderSeq),
      (entry) => ofItem(entry, ({ objectId }) => objectId),
      (entry) => ofItem(entry, ({ version }) => version),
      (entry) => ofItem(entry, ({ limitedTo }) => limitedTo ?? null),
      ({ auditId }) => auditId,
    );
    await writer.execute(addEntries, params);
  }

  async moveHeads(writer: Writer, moves: readonly HeadMove[]): Promise<void> {
    const params = columnsOf(
      moves,
      ({ head }) => idBytes(head.compartmentId),
      ({ head }) => head.chainSeq,
      ({ head }) => head.linkHash,
      ({ head }) => head.epoch,
      ({ head }) => head.isClosed,
      ({ head }) => head.contentSize,
      ({ head }) => head.contentRoot,
      ({ head }) => head.contentFrontier,
      ({ head }) => head.frozenUntilMs,
      ({ previousContentSize }) => previousContentSize,
    );
    await unmoved(writer.execute(moveHeads, params));
  }

  async addBoxes(writer: Writer, boxes: readonly NewBox[]): Promise<void> {
    if (boxes.length === 0) return;
    const params = columnsOf(
      boxes,
      ({ compartmentId }) => idBytes(compartmentId),
      ({ seq }) => seq,
      ({ deviceId }) => deviceId,
      ({ bytes }) => bytes,
      ({ proof }) => concatBytes(...proof),
      ({ auditId }) => auditId,
    );
    await writer.execute(addBoxes, params);
  }

  async changeMembers(writer: Writer, id: CompartmentId, difference: MembershipDifference): Promise<void> {
    const { added, changed, removed } = difference;
    if (added.length > 0) await writer.execute(addMembers, memberParams(added));
    if (changed.length > 0) await writer.execute(changeMembers, memberParams(changed));
    if (removed.length === 0) return;
    await writer.execute(removeMembers, [idBytes(id), removed.map(({ deviceId }) => deviceId)]);
  }

  forgetCaseMembers(writer: Writer, caseId: CaseId): Promise<readonly EndedMembership[]> {
    return writer.queryRows(forgetCaseMembers, [idBytes(caseId)], (row) => ({
      compartmentId: longId<CompartmentId>(row, 'compartment_id'),
      deviceId: shortId(row, 'device_id'),
      personId: shortId(row, 'person_id'),
    }));
  }

  async freeze(
    writer: Writer,
    ids: readonly CompartmentId[],
    { device, untilMs }: { readonly device: DeviceId; readonly untilMs: number },
  ): Promise<void> {
    await writer.execute(freeze, [longIds(ids), untilMs, device]);
  }
}

/** What the database raises when heads are not those that a statement was made for. */
async function unmoved(statement: Promise<unknown>): Promise<void> {
  try {
    await statement;
  } catch (error) {
    throw isRogatoryError(error) && error.details['constraint'] === 'cases_log_moved' ? logMoved() : error;
  }
}

function memberParams(rows: readonly MemberRow[]): SqlValue[] {
  return columnsOf(
    rows,
    ({ compartmentId }) => idBytes(compartmentId),
    ({ deviceId }) => deviceId,
    ({ caseId }) => idBytes(caseId),
    ({ personId }) => personId,
    ({ authorityId }) => authorityId,
    ({ role }) => role,
    ({ notAfterMs }) => notAfterMs,
  );
}

function ofLink(entry: NewContentEntry, value: (link: NewLinkEntry) => SqlValue): SqlValue {
  return entry.kind === 'link' ? value(entry) : null;
}

function ofItem(entry: NewContentEntry, value: (item: NewItemEntry) => SqlValue): SqlValue {
  return entry.kind === 'item' ? value(entry) : null;
}
