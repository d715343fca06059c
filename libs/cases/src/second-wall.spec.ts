import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { idBytes, type RogatoryError } from '@rogatory/kernel';
import { auditMigrations, databasePrincipalOf } from '@rogatory/audit';
import type { ChainState } from '@rogatory/chain';
import { directoryMigrations } from '@rogatory/directory';
import { actSubjects } from '@rogatory/protocol';
import type { DatabasePrincipal, SqlValue } from '@rogatory/platform-database';
import { eachEngine } from '@rogatory/platform-database/testing';
import { caseMigrations } from './storage/case-migrations.js';
import { type Actor, CaseWorld } from './testing.js';

const migrations = [...auditMigrations, ...directoryMigrations, ...caseMigrations];
const tables = ['compartment', 'member', 'content_entry', 'box', 'heartbeat', 'complaint', 'invitation', 'acceptance'];

eachEngine('the wall below the use cases', { migrations }, (at) => {
  let world: CaseWorld;
  let state: ChainState;

  beforeAll(async () => {
    world = await CaseWorld.open(at.database(), { seed: 81, persons: 3 });
    state = await world.createCase(world.actor(0), [world.actor(1)]);
  });
  afterAll(async () => world.close());

  const as = ({ acting }: Actor): DatabasePrincipal => databasePrincipalOf(acting.principal);
  const rows = (principal: DatabasePrincipal, table: string) =>
    at
      .database()
      .read(principal, (reader) =>
        reader.queryOne(`SELECT count(*) AS n FROM ${table}`, [], (row) => row.integer('n')),
      );
  const attempt = (principal: DatabasePrincipal, statement: string, params: SqlValue[]) =>
    at
      .database()
      .writeUnaudited(principal, (writer) => writer.execute(statement, params), { reason: 'testing/fixture' })
      .catch((error: RogatoryError) => error.code);

  it('shows a member its compartment and only its own box', async () => {
    expect(await rows(as(world.actor(1)), 'compartment')).toBe(1);
    expect(await rows(as(world.actor(1)), 'member')).toBe(2);
    expect(await rows(as(world.actor(1)), 'content_entry')).toBe(1);
    expect(await rows(as(world.actor(1)), 'box')).toBe(1);
  });

  it.each(tables)('shows nothing of %s to another device, to nobody and to other jobs', async (table) => {
    const strangers: DatabasePrincipal[] = [
      as(world.actor(2)),
      { kind: 'anonymous' },
      { kind: 'job', job: 'audit-gate' },
    ];
    for (const principal of strangers) expect(await rows(principal, table)).toBe(0);
  });

  it.each(['compartment', 'member', 'content_entry'])('does not look for memberships of a job in %s', async (table) => {
    const plan = await at
      .database()
      .read({ kind: 'job', job: 'case-posts' }, (reader) =>
        reader.queryRows(`EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT * FROM ${table}`, [], (row) =>
          row.text('QUERY PLAN'),
        ),
      );
    const asked = plan.slice(plan.findIndex((line) => line.trim().startsWith('SubPlan')));
    expect(asked.length).toBeLessThan(plan.length);
    expect(asked[1]).toContain('never executed');
    expect(await rows({ kind: 'job', job: 'case-posts' }, table)).toBeGreaterThan(0);
  });

  it.each(['member_compartments', 'is_member'])('leaves nobody who asks the say over a name in %s', async (name) => {
    const source = await at
      .database()
      .read({ kind: 'job', job: 'case-posts' }, (reader) =>
        reader.queryOne('SELECT prosrc FROM pg_proc WHERE proname = $1 AND prosecdef', [name], (row) =>
          row.text('prosrc'),
        ),
      );
    const named = source?.replaceAll(/OPERATOR\(pg_catalog\.=\)|public\.\w+|pg_catalog\.\w+/g, '') ?? '=';
    expect(named).not.toMatch(/[=<>~!@#%^&|]|\w\(|::\w|FROM \w/);
  });

  it('lets nobody in who is not let in by a member', async () => {
    const intruder = world.actor(2);
    const [compartment, { principal }] = [idBytes(state.compartmentId), intruder.acting];
    const admit = `INSERT INTO member (compartment_id, device_id, case_id, person_id, authority_id, role, not_after)
      VALUES ($1, $2, $1, $3, $4, 1, 9999999999999)`;
    const self = [compartment, principal.deviceId, principal.personId, principal.authorityId];
    expect(await attempt(as(intruder), admit, self)).toBe('database/denied');
    expect(await attempt({ kind: 'job', job: 'case-posts' }, admit, self)).toBe('database/denied');
    expect(await attempt(as(intruder), 'UPDATE compartment SET content_size = content_size + 1', [])).toBe(0);
    expect(await attempt(as(intruder), 'DELETE FROM member', [])).toBe(0);
  });

  it('takes no entry in the name of a device that is not a member', async () => {
    const { deviceId } = world.actor(2).acting.principal;
    const add = `INSERT INTO content_entry (compartment_id, position, class, bytes, root, received_at, author_device,
        sender_seq, object_id, version, audit_id)
      VALUES ($1, 9, 1, '', $1, 0, $2, 1, $2, 1, $2)`;
    const params = [idBytes(state.compartmentId), deviceId];
    expect(await attempt({ kind: 'job', job: 'case-posts' }, add, params)).toBe('database/denied');
    expect(await attempt(as(world.actor(2)), add, params)).toBe('database/denied');
  });

  it('keeps entries as they are, for members too', async () => {
    expect(await attempt(as(world.actor(0)), "UPDATE content_entry SET bytes = ''", [])).toBe('database/denied');
    expect(await attempt(as(world.actor(0)), 'DELETE FROM content_entry', [])).toBe('database/denied');
    expect(await attempt(as(world.actor(0)), 'DELETE FROM box', [])).toBe('database/denied');
  });

  it('takes no entry without its record', async () => {
    const { deviceId } = world.actor(0).acting.principal;
    const add = `INSERT INTO content_entry (compartment_id, position, class, bytes, root, received_at, author_device,
        sender_seq, object_id, version, audit_id)
      VALUES ($1, 9, 1, '', $1, 0, $2, 1, $2, 1, $2)`;
    const outcome = await attempt(as(world.actor(0)), add, [idBytes(state.compartmentId), deviceId]);
    expect(outcome).toBe('database/conflict');
  });

  it('shows a page of the log to members by the use case', async () => {
    const { acting } = world.actor(1);
    const context = acting.asks(actSubjects.readCompartment(state.compartmentId));
    const { result } = await world.cases.readContentLog.run(context, { compartmentId: state.compartmentId, from: 0 });
    expect(result).toMatchObject({ size: 1, hasMore: false, events: [{ position: 0, isLink: true }] });
  });
});
