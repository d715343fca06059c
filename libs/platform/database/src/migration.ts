import type { PoolConfig } from 'pg';
import type { MigrationInterface } from 'typeorm';

/**
 * A frozen schema step: plain SQL, imports nothing living, class name ends in its time in milliseconds (13 digits).
 * It must work on PostgreSQL 15 and on the embedded engine.
 */
export type Migration = new () => MigrationInterface;

/** How `pg` connects; `pipeline` lets statements that do not wait for each other travel together. */
export interface ConnectionSettings extends PoolConfig {
  readonly pipeline: true;
}
