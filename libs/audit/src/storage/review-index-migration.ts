import type { MigrationInterface, QueryRunner } from 'typeorm';

// Each holds numbered records alone: an act pays for none of them, the sequencer for all.
const indexes = `
CREATE INDEX audit_event_authority ON audit_event (actor_authority, seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_event_owner ON audit_event (owner_authority, seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_event_device ON audit_event (actor_device, seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_event_object ON audit_event (object_id, seq) WHERE seq IS NOT NULL AND object_id IS NOT NULL;
CREATE INDEX audit_event_code ON audit_event (ev, seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_event_class ON audit_event (cls, seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_event_outcome ON audit_event (out, seq) WHERE seq IS NOT NULL AND out <> 'allowed';
CREATE INDEX audit_event_basis ON audit_event (legal_basis, seq) WHERE seq IS NOT NULL AND legal_basis IS NOT NULL;
CREATE INDEX audit_event_time ON audit_event (t, seq) WHERE seq IS NOT NULL;`;
const names = ['authority', 'owner', 'device', 'object', 'code', 'class', 'outcome', 'basis', 'time'];

/** Indexes for what auditors look for, so that a page of a long log comes at once. */
export class ReviewIndexes1795910400410 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(indexes);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX ${names.map((name) => `audit_event_${name}`).join(', ')}`);
  }
}

// A record is written to each index that it belongs to when it gets its number, and to the first two also when it is
// recorded, where nobody looks for it by them. Its class follows from its event.
const fewer = `
DROP INDEX audit_event_class;
DROP INDEX audit_event_case;
CREATE INDEX audit_event_case ON audit_event (case_id, seq) WHERE seq IS NOT NULL AND case_id IS NOT NULL;
DROP INDEX audit_event_person;
CREATE INDEX audit_event_person ON audit_event (actor_person, seq) WHERE seq IS NOT NULL AND actor_person IS NOT NULL;
DROP INDEX audit_event_owner;
CREATE INDEX audit_event_owner ON audit_event (owner_authority, seq) WHERE seq IS NOT NULL AND owner_authority IS NOT NULL;`;
const asBefore = `
DROP INDEX audit_event_case, audit_event_person, audit_event_owner;
CREATE INDEX audit_event_case ON audit_event (case_id, seq) WHERE case_id IS NOT NULL;
CREATE INDEX audit_event_person ON audit_event (actor_person, seq) WHERE actor_person IS NOT NULL;
CREATE INDEX audit_event_owner ON audit_event (owner_authority, seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_event_class ON audit_event (cls, seq) WHERE seq IS NOT NULL;`;

/** Indexes of numbered records alone, and none that another one serves as well. */
export class FewerReviewIndexes1796083200200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(fewer);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(asBefore);
  }
}
