import type { ArgumentSpec, CommandSpec, OptionSpec } from '../run/command-spec.js';
import { caseArgument, compartmentOption } from './case.command.js';

const actions = () => import('../actions/tasks.js');
const changes = () => import('../actions/task-changes.js');

const taskArgument: ArgumentSpec = { name: '<task>', summary: 'id, or its first six characters or more' };
const seen: OptionSpec = {
  flags: '--seen <version>',
  summary: 'the version that you looked at; refused if the task was changed since',
};
const reason: OptionSpec = { flags: '--reason <text>', summary: 'why; members alone can read it', isRequired: true };
const assignee: readonly OptionSpec[] = [
  { flags: '--person <id>', summary: 'for the post that this person holds' },
  { flags: '--post <id>', summary: 'for a post, whoever holds it' },
  { flags: '--authority <id>', summary: 'for an authority, which says itself which of its posts' },
];
const plan: readonly OptionSpec[] = [
  { flags: '--text <text>', summary: 'what is to be done' },
  { flags: '--estimate <minutes>', summary: 'how long the work is thought to take' },
  { flags: '--step <text>', summary: 'a line of the checklist, once for each', isList: true },
  { flags: '--due <time>', summary: 'such as "2027-01-31 06:00", by the clocks of --zone' },
  { flags: '--zone <name>', summary: 'time zone of --due, such as Europe/Paris' },
  { flags: '--after <task>', summary: 'a task that must be done first, once for each', isList: true },
  { flags: '--reference <document>', summary: 'a document it is about, once for each', isList: true },
];

/** A change of one task: named by case and task, made for the version that its author saw. */
function change(
  name: string,
  summary: string,
  options: readonly OptionSpec[],
  run: NonNullable<CommandSpec['run']>,
): CommandSpec {
  const all = [...options, compartmentOption, seen];
  return { name, summary, arguments: [caseArgument, taskArgument], options: all, needsProfile: true, run };
}

const reading: readonly CommandSpec[] = [
  {
    name: 'list',
    summary: 'list the tasks of a compartment, as their signed changes make them',
    arguments: [caseArgument],
    options: [
      compartmentOption,
      { flags: '--open', summary: 'without those that are verified or cancelled' },
      { flags: '--compare', summary: 'also hold the list of the server against the signed changes' },
    ],
    needsProfile: true,
    run: async (call) => (await actions()).listTasks(call),
  },
  {
    name: 'show',
    summary: 'show a task, who did what with it, and what you can do now',
    arguments: [caseArgument, taskArgument],
    options: [compartmentOption],
    needsProfile: true,
    run: async (call) => (await actions()).showTask(call),
  },
  {
    name: 'mine',
    summary: 'list your own work over all cases, by due time',
    options: [
      {
        flags: '--view <view>',
        summary: 'mine: yours to do; overdue of these; awaiting: of your state, with others; review: to be verified',
        choices: ['mine', 'overdue', 'awaiting', 'review'],
      },
      { flags: '--most <count>', summary: 'list at most so many' },
      { flags: '--from <place>', summary: 'go on where an earlier list ended, as it says itself' },
    ],
    needsProfile: true,
    run: async (call) => (await actions()).listOwnTasks(call),
  },
  {
    name: 'plan',
    summary: 'compute the critical path of a compartment and what time there is to spare',
    arguments: [caseArgument],
    options: [compartmentOption],
    needsProfile: true,
    run: async (call) => (await actions()).planNamedTasks(call),
  },
];

const doing: readonly CommandSpec[] = [
  change('accept', 'accept a task that is assigned to you', [], async (call) =>
    (await changes()).changeNamedTask(call, 'accept'),
  ),
  change('decline', 'decline a task that is assigned to you, with the reason', [reason], async (call) =>
    (await changes()).changeWithReason(call, 'decline'),
  ),
  change('start', 'begin the work, or go on after it was blocked', [], async (call) =>
    (await changes()).changeNamedTask(call, 'start'),
  ),
  change('block', 'say that the work cannot go on, and why; "start" goes on', [reason], async (call) =>
    (await changes()).changeWithReason(call, 'block'),
  ),
  {
    name: 'tick',
    summary: 'tick lines of the checklist',
    arguments: [
      caseArgument,
      taskArgument,
      { name: '<steps...>', summary: 'numbers of the lines, as "show" has them' },
    ],
    options: [{ flags: '--undo', summary: 'take the marks away' }, compartmentOption, seen],
    needsProfile: true,
    run: async (call) => (await changes()).tickSteps(call),
  },
  change('done', 'report that the work is done', [], async (call) => (await changes()).changeNamedTask(call, 'finish')),
  change(
    'comment',
    'say something about a task',
    [
      { flags: '--text <text>', summary: 'what to say' },
      { flags: '--reference <document>', summary: 'a document it is about, once for each', isList: true },
    ],
    async (call) => (await changes()).commentTask(call),
  ),
  change(
    'hand-over',
    'give a task to another post of its authority, or back to the authority',
    assignee,
    async (call) => (await changes()).assignNamedTask(call, 'handOver'),
  ),
];

const owning: readonly CommandSpec[] = [
  change('verify', 'verify for your state what others report done', [], async (call) =>
    (await changes()).changeNamedTask(call, 'verify'),
  ),
  change('send-back', 'send back what is reported done and is not, with the reason', [reason], async (call) =>
    (await changes()).changeWithReason(call, 'sendBack'),
  ),
  change('cancel', 'cancel a task, with the reason', [reason], async (call) =>
    (await changes()).changeWithReason(call, 'cancel'),
  ),
  change('assign', 'assign a task of your state anew; it is proposed again', assignee, async (call) =>
    (await changes()).assignNamedTask(call, 'assign'),
  ),
  change(
    'edit',
    'change what a task of your state says; what is not named stays',
    [
      { flags: '--title <text>', summary: 'the new title' },
      ...plan,
      { flags: '--without-due', summary: 'take the due time away' },
      { flags: '--after-nothing', summary: 'it waits for no other task any more' },
    ],
    async (call) => (await changes()).editTask(call),
  ),
];

export const taskCommand: CommandSpec = {
  name: 'task',
  summary: 'tasks: propose, accept, do, verify, list, plan; across states, each change signed',
  commands: [
    {
      name: 'propose',
      summary: 'propose a task in the name of your state',
      arguments: [caseArgument],
      options: [
        { flags: '--title <text>', summary: 'its title, which the server never sees', isRequired: true },
        ...assignee,
        ...plan,
        compartmentOption,
      ],
      needsProfile: true,
      run: async (call) => (await changes()).proposeTask(call),
    },
    ...reading,
    ...doing,
    ...owning,
  ],
};
