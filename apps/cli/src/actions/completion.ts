import { type CommandSpec, optionsOf } from '../run/command-spec.js';
import { usageError } from '../run/cli.errors.js';

const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** @throws UsageError `cli/arguments`. */
export function parseShell(text: string): Shell {
  const shell = shells.find((known) => known === text);
  if (shell === undefined) throw usageError('cli/arguments', { choices: shells.join(', ') });
  return shell;
}

interface Level {
  /** Words that lead here, without the program's name. */
  readonly path: readonly string[];
  readonly spec: CommandSpec;
}

/** A completion script made of the command tree: it knows commands and options, and leaves files to the shell. */
export function completionScript(shell: Shell, root: CommandSpec): string {
  const levels = levelsOf(root, []);
  switch (shell) {
    case 'bash':
      return bashScript(levels);
    case 'zsh':
      return `#compdef rogatory\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(levels)}`;
    case 'fish':
      return fishScript(levels);
  }
}

function levelsOf(spec: CommandSpec, path: readonly string[]): Level[] {
  return [{ path, spec }, ...(spec.commands ?? []).flatMap((child) => levelsOf(child, [...path, child.name]))];
}

/** The long form of an option's flags. */
function longFlag(flags: string): string {
  return /--[a-z-]+/.exec(flags)?.[0] ?? flags;
}

function wordsAt({ spec }: Level): string[] {
  const options = optionsOf(spec).map(({ flags }) => longFlag(flags));
  return [...(spec.commands ?? []).map(({ name }) => name), ...options, '--help'];
}

function bashScript(levels: readonly Level[]): string {
  const cases = levels.map((level) => `    '${level.path.join(' ')}') words='${wordsAt(level).join(' ')}' ;;`);
  return `_rogatory() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' words='' i next
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="\${path:+$path }\${COMP_WORDS[i]}"
    case "$next" in
${levels
  .filter(({ path }) => path.length > 0)
  .map(({ path }) => `      '${path.join(' ')}') path="$next" ;;`)
  .join('\n')}
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _rogatory rogatory`;
}

function fishScript(levels: readonly Level[]): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = levels.flatMap(({ path, spec }) => {
    const children = (spec.commands ?? []).map(({ name }) => name).join(' ');
    const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ');
    const here = path.length === 0 ? '__fish_use_subcommand' : seen;
    const condition =
      children === '' || path.length === 0 ? here : `${here}; and not __fish_seen_subcommand_from ${children}`;
    return [
      ...(spec.commands ?? []).map(
        ({ name, summary }) => `complete -c rogatory -f -n ${quoted(condition)} -a ${name} -d ${quoted(summary)}`,
      ),
      ...optionsOf(spec).map(
        ({ flags, summary }) =>
          `complete -c rogatory -n ${quoted(here)} -l ${longFlag(flags).slice(2)} -d ${quoted(summary)}`,
      ),
    ];
  });
  return lines.join('\n');
}
