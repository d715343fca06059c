/**
 * Writes the public holidays that the deadline rules count with: `node tools/holidays.mjs`. With `--check` it writes nothing
 * and exits 1 when the file differs from what the pinned date-holidays says. Run by name, whenever the years or the
 * package move: what it changes is a new version of the rules (libs/deadlines/README.md).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Holidays from 'date-holidays';

const FIRST_YEAR = 2024;
const LAST_YEAR = 2037;
const states = 'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' ');
const target = join(import.meta.dirname, '../libs/deadlines/src/public-holidays.data.ts');

/** @param {string} state @param {number} year */
function lineOf(state, year) {
  const found = new Holidays(state).getHolidays(year).filter(({ type }) => type === 'public');
  const dates = [...new Set(found.map(({ date }) => date.slice(5, 10).replace('-', '')))].sort();
  return `${state} ${year} ${dates.join(' ')}`;
}

const lines = states.flatMap((state) =>
  Array.from({ length: LAST_YEAR - FIRST_YEAR + 1 }, (_, index) => lineOf(state, FIRST_YEAR + index)),
);
const wanted = `/**
 * National public holidays of the member states, one line for a state and year: month and day of each.
 * Made by \`node tools/holidays.mjs\` of the data of date-holidays 3.37.0 (commenthol and contributors, after Wikipedia), under
 * CC BY-SA 3.0 (https://creativecommons.org/licenses/by-sa/3.0/); this file is under the same licence. Do not edit.
 */
export const publicHolidayLines = \`
${lines.join('\n')}
\`;
`;
if (parseArgs({ options: { check: { type: 'boolean', default: false } } }).values.check) {
  const isSame = readFileSync(target, 'utf8') === wanted;
  if (!isSame) console.error('the public holidays differ from those of the package: a new version of the rules is due');
  process.exitCode = isSame ? 0 : 1;
} else writeFileSync(target, wanted);
