import { type Administrator, asAdministrator } from '../../world/rows.js';
import type { Seeded } from '../seeded.js';
import type { Flip } from './flips.js';
import type { Stage } from './stage.js';

/** Flips one bit of one link or item in every case, behind the server's back. @returns the flips, and what undoes them. */
export async function flipRows(stage: Stage, draw: Seeded): Promise<{ flips: Flip[]; undo: () => Promise<void> }> {
  const flips: Flip[] = [];
  await edit(stage, async (ask) => {
    for (const { room } of stage.cases) {
      const rows = await ask(
        `SELECT position::int AS position, octet_length(bytes) AS length FROM content_entry
           WHERE compartment_id = decode($1, 'hex') ORDER BY position`,
        [room],
      );
      const row = draw.pick(rows);
      const offset = draw.below(Number(row['length']));
      flips.push({ place: String(row['position']), offset, bit: draw.below(8) });
    }
    await flipEach(ask, stage, flips);
  });
  return { flips, undo: () => edit(stage, (ask) => flipEach(ask, stage, flips)) };
}

async function flipEach(ask: Administrator, stage: Stage, flips: readonly Flip[]): Promise<void> {
  for (const [n, { room }] of stage.cases.entries()) {
    const flip = flips[n];
    if (flip === undefined) throw new Error(`no flip for case ${n}`);
    const mask = 1 << flip.bit;
    await ask(
      `UPDATE content_entry SET bytes = set_byte(bytes, ${flip.offset}, get_byte(bytes, ${flip.offset}) # ${mask})
         WHERE compartment_id = decode($1, 'hex') AND position = $2`,
      [room, Number(flip.place)],
    );
  }
}

/** With the server stopped, so that nothing is served from its memory afterwards. */
async function edit({ world }: Stage, work: (ask: Administrator) => Promise<void>): Promise<void> {
  await world.restart(() =>
    asAdministrator(world.configuration, async (ask) => {
      await ask("SET session_replication_role = 'replica'");
      await work(ask);
    }),
  );
}
