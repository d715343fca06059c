import type { CommandSpec } from '../run/command-spec.js';

export const completionCommand: CommandSpec = {
  name: 'completion',
  summary: 'print a completion script for a shell',
  arguments: [{ name: '<shell>', summary: 'bash, zsh or fish' }],
  run: async (call) => {
    const [{ completionScript, parseShell }, { rootCommand }] = await Promise.all([
      import('../actions/completion.js'),
      import('./root.command.js'),
    ]);
    const script = completionScript(parseShell(call.argument(0)), rootCommand);
    return { json: { script }, lines: [script] };
  },
};
