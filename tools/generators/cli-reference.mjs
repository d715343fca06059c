import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** @typedef {import('../../apps/cli/src/run/command-spec.js').CommandSpec} CommandSpec */

/** @param {string} text */
const cell = (text) => text.replaceAll('|', '\\|');

/**
 * @param {CommandSpec} spec @param {readonly string[]} path
 * @param {(spec: CommandSpec) => readonly import('../../apps/cli/src/run/command-spec.js').OptionSpec[]} optionsOf
 * @returns {string[]}
 */
function sections(spec, path, optionsOf) {
  const words = [...path, spec.name];
  const args = (spec.arguments ?? []).map(({ name }) => name);
  const rows = [
    ...(spec.arguments ?? []).map(({ name, summary }) => `| \`${name}\` | ${cell(summary)} |`),
    ...optionsOf(spec).map(({ flags, summary, isRequired, isList, choices }) => {
      const notes = [isRequired ? 'required' : '', isList ? 'may be repeated' : '', choices ? choices.join(', ') : ''];
      const note = notes.filter((text) => text !== '').join('; ');
      return `| \`${cell(flags)}\` | ${cell(summary)}${note === '' ? '' : ` (${note})`} |`;
    }),
  ];
  const own =
    spec.run === undefined
      ? []
      : [`### \`${[...words, ...args].join(' ')}\``, '', `${spec.summary}.`, '', '| | |', '|---|---|', ...rows, ''];
  const heading =
    spec.commands === undefined || path.length === 0 ? [] : [`## ${words.join(' ')}`, '', `${spec.summary}.`, ''];
  return [...heading, ...own, ...(spec.commands ?? []).flatMap((child) => sections(child, words, optionsOf))];
}

/** Every command with its arguments and options, from the tree that the parser is made of. @param {string} root */
export async function generateCliReference(root) {
  const url = pathToFileURL(join(root, 'apps/cli/dist/index.js')).href;
  /** @type {typeof import('../../apps/cli/src/index.js')} */
  const { optionsOf, rootCommand } = await import(url);
  const lines = sections(rootCommand, [], optionsOf);
  const head = [
    '# Reference of the command line',
    '',
    'Made by `npm run generate` from the command tree in `apps/cli/src/commands`.',
    '',
  ];
  return `${[...head, ...lines].join('\n').trimEnd()}\n`;
}
