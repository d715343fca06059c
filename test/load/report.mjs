import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdownTable } from './figures.mjs';

/** @typedef {import('./figures.mjs').SectionResult} SectionResult */

const root = join(import.meta.dirname, '../..');
const resultsFolder = join(import.meta.dirname, 'results');
/** More than this share of the processors taken by others, and a section is to be taken again. */
const MOST_BUSY = 0.15;
const reportFile = join(root, 'docs/benchmarks.md');

/** @param {SectionResult} result */
export function saveResult(result) {
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(join(resultsFolder, `${result.section}.json`), `${JSON.stringify(result, null, 2)}\n`);
}

/** Writes docs/benchmarks.md from the newest saved result of each section. @param {readonly string[]} sections in order */
export function writeReport(sections) {
  const names = existsSync(resultsFolder) ? new Set(readdirSync(resultsFolder)) : new Set();
  const results = sections
    .filter((name) => names.has(`${name}.json`))
    .map(
      (name) => /** @type {SectionResult} */ (JSON.parse(readFileSync(join(resultsFolder, `${name}.json`), 'utf8'))),
    );
  const absent = sections.filter((name) => !names.has(`${name}.json`));
  writeFileSync(reportFile, reportText(results, absent));
}

/** @param {readonly SectionResult[]} results @param {readonly string[]} absent */
function reportText(results, absent) {
  const missed = results.flatMap(({ title, figures }) =>
    figures.filter(({ target }) => target?.met === false).map(({ name }) => `${title}: ${name}`),
  );
  const parts = [
    '# Benchmarks',
    'Written by `npm run bench -- --save` from the newest run of each section; not edited by hand. One section: ' +
      '`npm run bench -- --only NAME`; quick: `--short`; profile: `node --cpu-prof test/load/bench.mjs --only NAME --here`.',
    'Baselines ran in the same run as what they are compared with, in alternating rounds; figures are medians. ' +
      'Trust the ratios: absolute figures follow the load of the machine, whose averages stand beside each section.',
    ...loadedText(results),
    `Targets not met: ${missed.length === 0 ? 'none' : missed.join('; ')}.`,
    ...(absent.length === 0 ? [] : [`Not yet run: ${absent.join(', ')}.`]),
    ...results.map(sectionText),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** Other work took the processors away: then no verdict on an absolute figure means much. @param {readonly SectionResult[]} results */
function loadedText(results) {
  const loaded = results.filter(({ busyBefore }) => busyBefore > MOST_BUSY);
  if (loaded.length === 0) return [];
  const names = loaded.map(({ section }) => section).join(', ');
  return [`Taken while other work used the processors, and to be taken again: ${names}.`];
}

/** @param {SectionResult} result */
function sectionText(result) {
  const { section, title, isShort, takenAt, seconds, busyBefore, loadBefore, loadAfter, machine, figures, notes } =
    result;
  const facts = [
    `${takenAt.slice(0, 16).replace('T', ' ')} UTC${isShort ? ', short mode' : ''}, ${seconds} s`,
    `other work took ${Math.round(busyBefore * 100)} % of the processors before it`,
    `load average ${loadBefore.join(' ')} before, ${loadAfter.join(' ')} after`,
    `${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, ${machine.system}, Node ${machine.node}`,
    `${machine.postgres}, age ${machine.age}`,
  ];
  const command = `\`npm run bench -- --only ${section}${isShort ? ' --short' : ''} --save\``;
  return [
    `## ${title}`,
    `${command}: ${facts.join('; ')}.`,
    markdownTable(figures),
    ...(notes.length === 0 ? [] : [notes.map((note) => `- ${note}`).join('\n')]),
  ].join('\n\n');
}
