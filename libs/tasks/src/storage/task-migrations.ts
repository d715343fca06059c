import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = `
-- What the accepted changes made of each task. Nothing of what is sealed is here.
CREATE TABLE task (
  compartment_id bytea NOT NULL REFERENCES compartment (compartment_id),
  task_id uuid NOT NULL,
  case_id bytea NOT NULL CHECK (octet_length(case_id) = 32),
  version bigint NOT NULL CHECK (version >= 1),
  state smallint NOT NULL CHECK (state BETWEEN 1 AND 8),
  last_hash bytea NOT NULL CHECK (octet_length(last_hash) = 32),
  owner_state text NOT NULL CHECK (owner_state ~ '^[A-Z]{2}$'),
  assignee_state text NOT NULL CHECK (assignee_state ~ '^[A-Z]{2}$'),
  assignee_authority uuid NOT NULL,
  assignee_post uuid,
  -- The largest number that clients can hold stands for none: tasks without a due time come last.
  due_at bigint NOT NULL CHECK (due_at > 0),
  due_zone text CHECK (octet_length(due_zone) BETWEEN 1 AND 64),
  dependencies bytea NOT NULL CHECK (octet_length(dependencies) % 16 = 0 AND octet_length(dependencies) <= 512),
  done_by uuid,
  since bigint NOT NULL,
  position bigint NOT NULL CHECK (position >= 1),
  audit_id uuid NOT NULL REFERENCES audit_event (id) DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (compartment_id, task_id)
);
CREATE INDEX task_assignee ON task (assignee_authority, due_at, compartment_id, task_id) WHERE state IN (1, 2, 4, 5);
CREATE INDEX task_owner ON task (owner_state, due_at, compartment_id, task_id) WHERE state IN (1, 2, 4, 5, 6);`;

const own = '(compartment_id IN (SELECT public.member_compartments()))';

const policies = `
GRANT SELECT, INSERT, UPDATE ON task TO rogatory_app;
ALTER TABLE task ENABLE ROW LEVEL SECURITY;
CREATE POLICY task_see ON task FOR SELECT TO rogatory_app USING ${own};
CREATE POLICY task_add ON task FOR INSERT TO rogatory_app WITH CHECK ${own};
CREATE POLICY task_change ON task FOR UPDATE TO rogatory_app USING ${own};`;

/** Tasks, for the members of their compartments only. */
export class TaskTables1796083200500 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [tables, policies]) await runner.query(statements);
  }

  async down(): Promise<void> {
    throw new Error('tasks are never removed by a migration');
  }
}

/**
 * Who proposed each task, by which one member is bounded; of tasks that are there already, as the record of their first change
 * says. The counts of a compartment are read from an index of their own.
 */
export class TaskAuthors1796169600400 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE task ADD COLUMN proposed_by uuid;`);
    await runner.query(`UPDATE task t SET proposed_by = a.actor_person FROM content_entry e JOIN audit_event a ON a.id = e.audit_id
      WHERE e.compartment_id = t.compartment_id AND e.object_id = t.task_id AND e.class = 6 AND e.version = 1;`);
    await runner.query(`ALTER TABLE task ALTER COLUMN proposed_by SET NOT NULL;`);
    await runner.query(`CREATE INDEX task_author ON task (compartment_id, proposed_by, state);`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX task_author;`);
    await runner.query(`ALTER TABLE task DROP COLUMN proposed_by;`);
  }
}

/** In the order in which they run; after those of the cases feature. */
export const taskMigrations = [TaskTables1796083200500, TaskAuthors1796169600400] as const;
