import type { CommandSpec, OptionSpec } from '../run/command-spec.js';

const actions = () => import('../actions/deadlines.js');
const rules: OptionSpec = { flags: '--rules <version>', summary: 'version of the rules; else the current one' };

export const deadlineCommand: CommandSpec = {
  name: 'deadline',
  summary: "the law's clocks: when what is due, and why that day; needs neither profile nor server",
  commands: [
    {
      name: 'explain',
      summary: 'compute when a clock ends, with the article and the reason for the day',
      options: [
        { flags: '--instrument <name>', summary: 'as rogatory deadline list names it', isRequired: true },
        { flags: '--clock <name>', summary: 'as rogatory deadline list names it', isRequired: true },
        { flags: '--from <time>', summary: 'local time of the event, such as 2026-11-23T09:30', isRequired: true },
        {
          flags: '--state <code>',
          summary: 'member state of the authority that must act, such as DE',
          isRequired: true,
        },
        { flags: '--zone <name>', summary: 'its time zone, such as Europe/Berlin', isRequired: true },
        { flags: '--other-zone <name>', summary: 'tell the end by the clocks of the other side too' },
        rules,
      ],
      run: async (call) => (await actions()).explainClock(call),
    },
    {
      name: 'list',
      summary: 'list the clocks with their lengths and articles',
      options: [{ flags: '--instrument <name>', summary: 'of this instrument only' }, rules],
      run: async (call) => (await actions()).listClocks(call),
    },
  ],
};
