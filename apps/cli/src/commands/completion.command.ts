import type { CommandSpec } from '../run/command-spec.js';

/** @param root the tree that the script completes; asked for late, for this command is a part of it. */
export function completionCommand(root: () => CommandSpec): CommandSpec {
  return {
    name: 'completion',
    summary: 'print a completion script for a shell',
    arguments: [{ name: '<shell>', summary: 'bash, zsh or fish' }],
    run: async (call) => {
      const { completionScript, parseShell } = await import('../actions/completion.js');
      const script = completionScript(parseShell(call.argument(0)), root());
      return { json: { script }, lines: [script] };
    },
  };
}
