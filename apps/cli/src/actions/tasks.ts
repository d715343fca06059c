import { limits } from '@rogatory/kernel';
import type { Client, Compartment, OpenTask, OwnWorkRange, UnopenedWork } from '@rogatory/client';
import { isClosedTask, type TaskPlan, type TaskWindow } from '@rogatory/coordination';
import { taskStates, type TaskViewName, taskViews } from '@rogatory/protocol';
import type { Call } from '../run/call.js';
import { namedCompartment, openNamedCase } from '../run/choosing.js';
import { usageError } from '../run/cli.errors.js';
import { harmless, harmlessLines } from '../run/harmless.js';
import { counted, type Outcome, table } from '../run/outcome.js';
import { withSession } from '../run/session.js';
import {
  assigneeName,
  dueText,
  eventDocument,
  eventLines,
  momentText,
  possibleCommands,
  referenceLines,
  shortDue,
  stateText,
  taskDocument,
  taskTitle,
} from './task-words.js';
import { taskNamed } from './task-wishes.js';

/** `task list`: from the signed changes; the server's own list is held against them where that is asked. */
export async function listTasks(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const open = await openNamedCase(call, client);
    const compartment = namedCompartment(call, client, open);
    if (call.flag('compare')) await client.tasks.compare(compartment);
    const all = client.tasks.list(compartment);
    const tasks = call.flag('open') ? all.filter(({ state }) => !isClosedTask(state)) : all;
    const rows = tasks.map((task) => [
      task.taskId.slice(0, 12),
      stateText(task.state),
      shortDue(task.due),
      assigneeName(client, task.assignee),
      taskTitle(task),
    ]);
    return {
      json: {
        caseId: open.caseId,
        compartmentId: compartment.compartmentId,
        tasks: tasks.map((task) => taskDocument(client, task)),
      },
      lines: rows.length === 0 ? ['No tasks.'] : table(['task', 'state', 'due', 'for', 'title'], rows),
    };
  });
}

/** `task show` */
export async function showTask(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client, profile }) => {
    const open = await openNamedCase(call, client);
    const compartment = namedCompartment(call, client, open);
    const task = client.tasks.find(compartment, taskNamed(call.argument(1), client, compartment));
    const member = compartment.state.members.device(profile.deviceId);
    const possible = member === undefined ? [] : possibleCommands(task, member);
    return {
      json: {
        caseId: open.caseId,
        ...taskDocument(client, task),
        possible,
        history: task.changes.map((event) => eventDocument(client, event)),
      },
      lines: [
        ...factLines(client, compartment, task),
        `you can      ${possible.length === 0 ? 'look at it' : possible.join(', ')}`,
        '',
        ...task.changes.flatMap((event) => eventLines(client, event)),
      ],
    };
  });
}

function factLines(client: Client, compartment: Compartment, task: OpenTask): string[] {
  const { due, estimateMinutes, steps, reason, dependencies } = task;
  const because = reason === undefined ? '' : `: ${harmless(reason)}`;
  return [
    taskTitle(task),
    ...(task.text === '' ? [] : harmlessLines(task.text)),
    `task         ${task.taskId}`,
    `state        ${stateText(task.state)}, version ${task.version}${because}`,
    `belongs to   ${task.owner}`,
    `is for       ${assigneeName(client, task.assignee)}`,
    ...(due === undefined ? [] : [`due          ${dueText(due)}`]),
    ...(estimateMinutes === 0 ? [] : [`estimate     ${counted(estimateMinutes, 'minute')}`]),
    ...dependencies.map((taskId) => {
      const before = client.tasks.find(compartment, taskId);
      return `comes after  ${taskId.slice(0, 12)}  ${stateText(before.state)}  ${taskTitle(before)}`;
    }),
    ...steps.map(({ number, text, isDone }) => `[${isDone ? 'x' : ' '}] ${number}  ${harmless(text)}`),
    ...referenceLines(task.references),
  ];
}

/** `task mine`: across cases, each task held against its signed changes. */
export async function listOwnTasks(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const view: TaskViewName = viewOf(call);
    const { tasks, unopened, next } = await client.tasks.own(taskViews[view], rangeOf(call));
    const rows = tasks.map((task) => [
      task.taskId.slice(0, 12),
      task.caseId.slice(0, 12),
      stateText(task.state),
      momentText(task.sinceMs),
      shortDue(task.due),
      taskTitle(task),
    ]);
    return {
      json: {
        view,
        tasks: tasks.map((task) => ({
          caseId: task.caseId,
          ...taskDocument(client, task),
          since: momentText(task.sinceMs),
        })),
        unopened: unopened.map((place) => ({ ...place })),
        ...(next === undefined ? {} : { next }),
      },
      lines: [
        ...(rows.length === 0 ? ['No tasks.'] : table(['task', 'case', 'state', 'since', 'due', 'title'], rows)),
        ...unopened.map(unopenedLine),
        ...(next === undefined ? [] : [`There is more: go on with --from ${next}`]),
      ],
    };
  });
}

/** Work that is there and cannot be read now is never passed over in silence. */
function unopenedLine({ caseId, compartmentId, code }: UnopenedWork): string {
  const place = compartmentId === undefined ? '' : `, compartment ${compartmentId.slice(0, 12)}`;
  return `NOT SHOWN: work of case ${caseId.slice(0, 12)}${place} could not be opened (${harmless(code, 64)})`;
}

function rangeOf(call: Call): OwnWorkRange {
  const typed = call.optional('most');
  const most = typed === undefined ? undefined : Number(typed);
  if (most !== undefined && !(Number.isSafeInteger(most) && most >= 1 && most <= limits.maxOwnTasksRead)) {
    throw usageError('cli/arguments', { choices: `--most 1 to ${limits.maxOwnTasksRead}` });
  }
  return { after: call.optional('from'), most };
}

function viewOf(call: Call): TaskViewName {
  const names = Object.keys(taskViews) as TaskViewName[];
  return call.choiceOrNone('view', Object.fromEntries(names.map((name) => [name, name]))) ?? 'mine';
}

/** `task plan`: of what is left to do; the critical path first. */
export async function planNamedTasks(call: Call): Promise<Outcome> {
  return withSession(call, async ({ client }) => {
    const open = await openNamedCase(call, client);
    const compartment = namedCompartment(call, client, open);
    const plan = client.tasks.plan(compartment);
    const tasks = client.tasks.list(compartment).filter(isLeft);
    const ids = new Set(tasks.map(({ taskId }) => taskId));
    const criticalPath = plan.criticalPath.filter((taskId) => ids.has(taskId));
    const rank = ({ taskId }: OpenTask) => criticalPath.indexOf(taskId) + 1 || criticalPath.length + 1;
    const ordered = tasks.toSorted((a, b) => rank(a) - rank(b) || startOf(plan, a) - startOf(plan, b));
    const planned = ordered.map((task) => ({ task, window: plan.windows.get(task.taskId) }));
    const rows = planned.map(({ task, window }) => [
      criticalPath.includes(task.taskId) ? '*' : '',
      task.taskId.slice(0, 12),
      window === undefined ? '' : momentText(window.earliestEndMs),
      window?.latestEndMs === undefined ? '' : momentText(window.latestEndMs),
      spareText(window),
      taskTitle(task),
    ]);
    const heading = ['', 'task', 'done at the earliest', 'must be done', 'to spare', 'title'];
    return {
      json: {
        ...{ caseId: open.caseId, compartmentId: compartment.compartmentId },
        ...{ endsAt: momentText(plan.endMs), criticalPath },
        tasks: planned.map(({ task, window }) => ({
          ...{ taskId: task.taskId, title: task.title, estimateMinutes: task.estimateMinutes },
          ...(window === undefined ? {} : windowDocument(window)),
        })),
      },
      lines:
        rows.length === 0
          ? ['Nothing is left to do.']
          : [...table(heading, rows), `* decides when everything is done: ${momentText(plan.endMs)} at the earliest`],
    };
  });
}

function isLeft({ state }: OpenTask): boolean {
  return !isClosedTask(state) && state !== taskStates.done && state !== taskStates.declined;
}

function startOf(plan: TaskPlan, { taskId }: OpenTask): number {
  return plan.windows.get(taskId)?.earliestStartMs ?? 0;
}

const MINUTE_MS = 60_000;

function spareText(window: TaskWindow | undefined): string {
  if (window?.slackMs === undefined) return '';
  const minutes = Math.floor(window.slackMs / MINUTE_MS);
  return minutes < 0 ? `${-minutes} min TOO LATE` : `${minutes} min`;
}

function windowDocument({ earliestStartMs, earliestEndMs, latestEndMs, slackMs }: TaskWindow) {
  return {
    ...{ earliestStart: momentText(earliestStartMs), earliestEnd: momentText(earliestEndMs) },
    ...(latestEndMs === undefined ? {} : { latestEnd: momentText(latestEndMs) }),
    ...(slackMs === undefined ? {} : { spareMinutes: Math.floor(slackMs / MINUTE_MS) }),
  };
}
