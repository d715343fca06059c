import { type Setting, settingNames, settings } from './settings.js';

/** All settings as a Markdown table, for `docs/configuration.md` and for the command line. */
export function settingsTable(): string {
  const rows = settingNames.map((name) => {
    const { variable, purpose, isSecret }: Setting = settings[name];
    return `| \`${variable}\` | \`${name}\` | ${purpose}${isSecret === true ? ' (secret)' : ''} |`;
  });
  return ['| variable | in the file | what it is |', '|---|---|---|', ...rows].join('\n');
}
