import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Records of one block: a log of a million has 123 of them, and at the edge of a span one is read in vain. */
const BLOCK = 8_192;

/**
 * Between which indices all records of a span of time lie. Times need not rise with the indices, and clocks are set back: so each
 * block is asked whether it has one, which the index answers at once, from the ends of the log inwards. `first` and `beyond` leave
 * out only blocks without any. The division is one that a policy on rows keeps from the index: hence the rights of the owner, and
 * nothing but two indices for whoever may read all records.
 */
const bounds = `
CREATE INDEX audit_event_block ON audit_event (shard, (seq / ${BLOCK}), t) WHERE seq IS NOT NULL;
CREATE FUNCTION audit_time_bounds(log text, from_ms bigint, before_ms bigint, OUT first bigint, OUT beyond bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  place bigint;
BEGIN
  IF public.principal_job() NOT LIKE 'audit-%' OR public.principal_job() IS NULL THEN
    RAISE EXCEPTION 'only jobs of the audit part look for records by time' USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT max(e.seq) / ${BLOCK} INTO place FROM public.audit_event e WHERE e.shard = log AND e.seq IS NOT NULL;
  place := coalesce(place, -1);
  WHILE place >= 0 AND NOT EXISTS (SELECT FROM public.audit_event e
    WHERE e.shard = log AND e.seq / ${BLOCK} = place AND e.seq IS NOT NULL AND e.t < before_ms)
  LOOP place := place - 1; END LOOP;
  beyond := (place + 1) * ${BLOCK};
  place := 0;
  WHILE place * ${BLOCK} < beyond AND NOT EXISTS (SELECT FROM public.audit_event e
    WHERE e.shard = log AND e.seq / ${BLOCK} = place AND e.seq IS NOT NULL AND e.t >= from_ms)
  LOOP place := place + 1; END LOOP;
  first := place * ${BLOCK};
END $$;
REVOKE EXECUTE ON FUNCTION audit_time_bounds(text, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_time_bounds(text, bigint, bigint) TO rogatory_app;
DROP INDEX audit_event_time;`;
const asBefore = `
DROP FUNCTION audit_time_bounds(text, bigint, bigint);
DROP INDEX audit_event_block;
CREATE INDEX audit_event_time ON audit_event (t, seq) WHERE seq IS NOT NULL;`;

/** Lists by time go to the place in the log where that time is. */
export class TimeBlocks1796169601300 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(bounds);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(asBefore);
  }
}
