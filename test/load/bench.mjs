/**
 * The benchmark of the product: `npm run bench`. Each section runs in a process of its own.
 *   --only NAME   one section; may be repeated
 *   --short       fewer rounds and smaller amounts, for a look
 *   --save        keep the results and write docs/benchmarks.md
 *   --here        run in this process (for --cpu-prof)
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { textTable } from './figures.mjs';
import { load, machine, othersShare } from './machine.mjs';
import { saveResult, writeReport } from './report.mjs';

/** @typedef {import('./figures.mjs').Section} Section */

/** @type {Readonly<Record<string, () => Promise<{ section: Section }>>>} */
const sections = {
  primitives: () => import('./sections/primitives.mjs'),
  encryption: () => import('./sections/encryption.mjs'),
  compartment: () => import('./sections/compartment.mjs'),
  sequencer: () => import('./sections/sequencer.mjs'),
  verification: () => import('./sections/verification.mjs'),
  posting: () => import('./sections/posting.mjs'),
  transfer: () => import('./sections/transfer.mjs'),
  delivery: () => import('./sections/delivery.mjs'),
  oversight: () => import('./sections/oversight.mjs'),
  auditing: () => import('./sections/auditing.mjs'),
  findings: () => import('./sections/findings.mjs'),
  review: () => import('./sections/review.mjs'),
  deadlines: () => import('./sections/deadlines.mjs'),
  erasure: () => import('./sections/erasure.mjs'),
};
const names = Object.keys(sections);

/** @param {string} name @param {{ isShort: boolean, isSaved: boolean }} options */
async function runHere(name, { isShort, isSaved }) {
  const loaded = await sections[name]?.();
  if (loaded === undefined) throw new Error(`no section ${name}; there are ${names.join(', ')}`);
  const { title, run } = loaded.section;
  const folder = mkdtempSync(join(tmpdir(), 'rogatory-bench-'));
  const busyBefore = await othersShare();
  const loadBefore = load();
  const start = performance.now();
  try {
    console.log(`\n▸ ${title} (other work: ${busyBefore} of the processors; load average ${loadBefore.join(' ')})`);
    const { figures, notes } = await run({ isShort, folder });
    const seconds = Math.round((performance.now() - start) / 1000);
    const loadAfter = load();
    console.log([textTable(figures), ...notes.map((note) => `- ${note}`)].join('\n'));
    console.log(`${seconds} s, load average ${loadAfter.join(' ')}`);
    const takenAt = new Date().toISOString();
    const facts = { takenAt, seconds, busyBefore, loadBefore, loadAfter, machine: machine() };
    if (isSaved) saveResult({ section: name, title, isShort, ...facts, figures, notes });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} name @param {string[]} flags @returns {string[]} what went wrong */
function runApart(name, flags) {
  const args = ['--expose-gc', join(import.meta.dirname, 'bench.mjs'), '--only', name, '--here', ...flags];
  const { status, signal, error } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  return status === 0 ? [] : [`${name} (${error?.message ?? signal ?? `exit code ${status}`})`];
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    short: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
    here: { type: 'boolean', default: false },
  },
});
const chosen = values.only ?? names;
const unknown = chosen.filter((name) => !names.includes(name));
if (unknown.length > 0) throw new Error(`no section ${unknown.join(', ')}; there are ${names.join(', ')}`);
if (values.here) {
  for (const name of chosen) await runHere(name, { isShort: values.short, isSaved: values.save });
} else {
  const flags = [...(values.short ? ['--short'] : []), ...(values.save ? ['--save'] : [])];
  const failed = chosen.flatMap((name) => runApart(name, flags));
  if (values.save) writeReport(names);
  if (failed.length > 0) throw new Error(`failed: ${failed.join(', ')}`);
}
