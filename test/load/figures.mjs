/**
 * One figure of the report. `value` and `baseline` are medians of the same run, `ratio` the median of the rounds' ratios.
 * @typedef {object} Figure
 * @property {string} name
 * @property {number} value
 * @property {string} unit
 * @property {{ readonly name: string, readonly value: number }} [baseline]
 * @property {number} [ratio] ours / baseline
 * @property {{ readonly text: string, readonly met: boolean }} [target]
 */

/** @typedef {{ readonly figures: readonly Figure[], readonly notes: readonly string[] }} Findings */
/** @typedef {{ readonly isShort: boolean, readonly folder: string }} BenchContext `folder` is scratch, emptied afterwards */
/** @typedef {{ readonly title: string, readonly run: (context: BenchContext) => Promise<Findings> }} Section */
/**
 * What a run of a section leaves.
 * @typedef {object} SectionResult
 * @property {string} section
 * @property {string} title
 * @property {boolean} isShort
 * @property {string} takenAt ISO 8601
 * @property {number} seconds
 * @property {number} busyBefore share of the processors that other work took before the section, 0 to 1
 * @property {readonly number[]} loadBefore averages over 1, 5 and 15 minutes
 * @property {readonly number[]} loadAfter
 * @property {import('./machine.mjs').Machine} machine
 * @property {readonly Figure[]} figures
 * @property {readonly string[]} notes
 */

/** @param {number} least @param {number} value @param {string} text @returns {{ text: string, met: boolean }} */
export function atLeast(least, value, text) {
  return { text, met: value >= least };
}

/** @param {number} most @param {number} value @param {string} text @returns {{ text: string, met: boolean }} */
export function atMost(most, value, text) {
  return { text, met: value <= most };
}

/** Three significant digits, thousands apart. @param {number} value */
export function number(value) {
  if (!Number.isFinite(value)) return 'n/a';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

/** @param {readonly Figure[]} figures @returns {string[][]} */
function rows(figures) {
  return figures.map(({ name, value, unit, baseline, ratio, target }) => [
    name,
    `${number(value)} ${unit}`,
    baseline === undefined ? '' : `${number(baseline.value)} (${baseline.name})`,
    ratio === undefined ? '' : number(ratio),
    target?.text ?? '',
    target === undefined ? '' : target.met ? 'met' : '**not met**',
  ]);
}

const heads = ['figure', 'Rogatory', 'baseline', 'ratio', 'target', ''];

/** @param {readonly Figure[]} figures */
export function markdownTable(figures) {
  return [heads, heads.map(() => '---'), ...rows(figures)].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** @param {readonly Figure[]} figures */
export function textTable(figures) {
  const table = [heads, ...rows(figures)];
  const widths = heads.map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
