import {
  type ActId,
  type AuthorityId,
  type CaseId,
  type CompartmentId,
  concatBytes,
  idBytes,
  idFromBytes,
  type ObjectId,
  type PersonId,
  type PostId,
  SHORT_ID_BYTES,
} from '@rogatory/kernel';
import type { TaskCounts } from '@rogatory/coordination';
import { type TaskState, taskStates, type TaskView, taskViews } from '@rogatory/protocol';
import { prepared, type Reader, type RowReader, type Statement, type Writer } from '@rogatory/platform-database';
import type { OwnTasksQuery, TaskOutline, TaskStore } from '../application/task.store.js';
import type { StoredTask } from '../domain/stored-task.js';
import { NEVER_DUE_MS } from '../domain/task-cursor.js';
import { brokenRow } from '../domain/tasks.errors.js';

const COLUMNS = `t.compartment_id, t.task_id::text AS task_id, t.case_id, t.version, t.state, t.last_hash, t.owner_state,
  t.assignee_state, t.assignee_authority::text AS assignee_authority, t.assignee_post::text AS assignee_post, t.due_at,
  t.due_zone, t.dependencies, t.proposed_by::text AS proposed_by, t.done_by::text AS done_by, t.since, t.position`;

/** Those that are over, verified or cancelled, have the last numbers. */
const { proposed, accepted, inProgress, blocked, done, verified } = taskStates;
const OPEN = `t.state IN (${proposed}, ${accepted}, ${inProgress}, ${blocked})`;
/** An authority of another state than the one that is named has nothing to do: `sidesOf` demands both. */
const OWN = 't.assignee_authority = $3 AND t.assignee_state = $5 AND (t.assignee_post IS NULL OR t.assignee_post = $4)';

/** $1 device, $2 now, $3 authority, $4 post, $5 state, $6 to $8 the cursor, $9 how many. */
function ownStatement(view: string, where: string): Statement {
  return prepared(
    `tasks/own-${view}`,
    `SELECT ${COLUMNS} FROM task t
     WHERE ${where} AND ($3::uuid, $4::uuid, $5::text) IS NOT NULL
       AND (t.due_at, t.compartment_id, t.task_id) > ($6::bigint, $7::bytea, $8::uuid)
       AND EXISTS (SELECT FROM member m JOIN member r ON r.device_id = m.device_id AND r.compartment_id = m.case_id
         WHERE m.compartment_id = t.compartment_id AND m.device_id = $1 AND m.not_after > $2 AND r.not_after > $2)
     ORDER BY t.due_at, t.compartment_id, t.task_id LIMIT $9`,
  );
}

const ownStatements: Readonly<Record<TaskView, Statement>> = {
  [taskViews.mine]: ownStatement('mine', `${OPEN} AND ${OWN}`),
  [taskViews.overdue]: ownStatement('overdue', `${OPEN} AND ${OWN} AND t.due_at < $2`),
  [taskViews.awaiting]: ownStatement('awaiting', `${OPEN} AND t.owner_state = $5 AND NOT (${OWN})`),
  [taskViews.review]: ownStatement('review', `t.state = ${done} AND t.owner_state = $5`),
};

const statements = {
  find: prepared('tasks/find', `SELECT ${COLUMNS} FROM task t WHERE t.compartment_id = $1 AND t.task_id = $2`),
  counts: prepared(
    'tasks/counts',
    `SELECT count(*) AS tasks, count(*) FILTER (WHERE state < ${verified}) AS open,
       count(*) FILTER (WHERE proposed_by = $2) AS own, count(*) FILTER (WHERE proposed_by = $2 AND state < ${verified}) AS own_open
     FROM task WHERE compartment_id = $1`,
  ),
  outlines: prepared(
    'tasks/outlines',
    'SELECT task_id::text AS task_id, state, dependencies FROM task WHERE compartment_id = $1',
  ),
  list: prepared(
    'tasks/list',
    `SELECT ${COLUMNS} FROM task t WHERE t.compartment_id = $1 AND ($2::uuid IS NULL OR t.task_id > $2)
     ORDER BY t.task_id LIMIT $3`,
  ),
  put: prepared(
    'tasks/put',
    `INSERT INTO task AS t (compartment_id, task_id, case_id, version, state, last_hash, owner_state, assignee_state,
       assignee_authority, assignee_post, due_at, due_zone, dependencies, proposed_by, done_by, since, position, audit_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
     ON CONFLICT (compartment_id, task_id) DO UPDATE SET version = excluded.version, state = excluded.state,
       last_hash = excluded.last_hash, assignee_state = excluded.assignee_state,
       assignee_authority = excluded.assignee_authority, assignee_post = excluded.assignee_post,
       due_at = excluded.due_at, due_zone = excluded.due_zone, dependencies = excluded.dependencies,
       done_by = excluded.done_by, since = excluded.since, position = excluded.position, audit_id = excluded.audit_id
       WHERE t.version = excluded.version - 1`,
  ),
};

/** Tasks in the SQL database. */
export class SqlTaskStore implements TaskStore {
  find(reader: Reader, compartmentId: CompartmentId, taskId: ObjectId): Promise<StoredTask | undefined> {
    return reader.queryOne(statements.find, [idBytes(compartmentId), taskId], taskOf);
  }

  async counts(reader: Reader, compartmentId: CompartmentId, author: PersonId): Promise<TaskCounts> {
    const found = await reader.queryOne(statements.counts, [idBytes(compartmentId), author], (row) => ({
      ...{ all: row.integer('tasks'), open: row.integer('open') },
      ...{ allOfAuthor: row.integer('own'), openOfAuthor: row.integer('own_open') },
    }));
    if (found === undefined) throw brokenRow();
    return found;
  }

  outlines(reader: Reader, compartmentId: CompartmentId): Promise<readonly TaskOutline[]> {
    return reader.queryRows(statements.outlines, [idBytes(compartmentId)], (row) => ({
      taskId: uuidId<ObjectId>(row, 'task_id'),
      state: stateOf(row),
      dependencies: dependenciesOf(row),
    }));
  }

  async put(writer: Writer, task: StoredTask, act: ActId): Promise<void> {
    const { assignee, due } = task;
    const names = [task.owner, assignee.state, assignee.authorityId, assignee.postId ?? null];
    const plan = [due?.timeMs ?? NEVER_DUE_MS, due?.zone ?? null, concatBytes(...task.dependencies.map(idBytes))];
    const place = [task.proposedBy, task.doneBy ?? null, task.sinceMs, task.position, act];
    const ids = [idBytes(task.compartmentId), task.taskId, idBytes(task.caseId)];
    const params = [...ids, task.version, task.state, task.lastHash, ...names, ...plan, ...place];
    if ((await writer.execute(statements.put, params)) !== 1) throw brokenRow();
  }

  list(
    reader: Reader,
    compartmentId: CompartmentId,
    { after, first }: { readonly after?: ObjectId; readonly first: number },
  ): Promise<readonly StoredTask[]> {
    return reader.queryRows(statements.list, [idBytes(compartmentId), after ?? null, first], taskOf);
  }

  own(reader: Reader, { view, after, ...query }: OwnTasksQuery): Promise<readonly StoredTask[]> {
    const asker = [query.device, query.nowMs, query.authorityId, query.postId, query.state];
    const cursor = [
      after?.dueMs ?? 0,
      after ? idBytes(after.compartmentId) : new Uint8Array(0),
      after?.taskId ?? NO_ID,
    ];
    return reader.queryRows(ownStatements[view], [...asker, ...cursor, query.first], taskOf);
  }
}

const NO_ID = '0'.repeat(2 * SHORT_ID_BYTES);
const states: ReadonlySet<number> = new Set(Object.values(taskStates));

function taskOf(row: RowReader): StoredTask {
  const postId = row.optionalText('assignee_post') === undefined ? undefined : uuidId<PostId>(row, 'assignee_post');
  const doneBy = row.optionalText('done_by') === undefined ? undefined : uuidId<PersonId>(row, 'done_by');
  const authorityId = uuidId<AuthorityId>(row, 'assignee_authority');
  const zone = row.optionalText('due_zone');
  return {
    compartmentId: idFromBytes<CompartmentId>(row.bytes('compartment_id')),
    taskId: uuidId<ObjectId>(row, 'task_id'),
    caseId: idFromBytes<CaseId>(row.bytes('case_id')),
    version: row.integer('version'),
    state: stateOf(row),
    lastHash: row.bytes('last_hash').slice(),
    owner: row.text('owner_state'),
    assignee: { state: row.text('assignee_state'), authorityId, ...(postId === undefined ? {} : { postId }) },
    ...(zone === undefined ? {} : { due: { timeMs: row.integer('due_at'), zone } }),
    dependencies: dependenciesOf(row),
    proposedBy: uuidId<PersonId>(row, 'proposed_by'),
    ...(doneBy === undefined ? {} : { doneBy }),
    sinceMs: row.integer('since'),
    position: row.integer('position'),
  };
}

function stateOf(row: RowReader): TaskState {
  const state = row.integer('state');
  if (!states.has(state)) throw brokenRow();
  return state as TaskState;
}

function dependenciesOf(row: RowReader): ObjectId[] {
  const bytes = row.bytes('dependencies');
  return Array.from({ length: bytes.length / SHORT_ID_BYTES }, (_, i) =>
    idFromBytes<ObjectId>(bytes.slice(i * SHORT_ID_BYTES, (i + 1) * SHORT_ID_BYTES)),
  );
}

/** A uuid column, without its hyphens. */
function uuidId<Id extends string>(row: RowReader, column: string): Id {
  return row.text(column).replaceAll('-', '') as Id;
}
