import { isRogatoryError } from '@rogatory/kernel';
import type { Client, OpenTask, TaskEvent } from '@rogatory/client';
import { nextTaskState, sidesOf, type TaskActor } from '@rogatory/coordination';
import {
  caseRoles,
  nameOf,
  offsetAt,
  roleMay,
  type TaskActionName,
  taskActions,
  type TaskAssignee,
  type TaskDue,
  type TaskState,
  type TaskStateName,
  taskStates,
} from '@rogatory/protocol';
import { harmless, harmlessLines } from '../run/harmless.js';
import { timeText } from '../run/items.js';
import { caseTitle, personLine, personName } from '../run/names.js';
import { isoTime, type Json } from '../run/outcome.js';

const MAX_DATE_MS = 8.64e15; // ECMAScript; a field of eight bytes holds more

const states: Readonly<Record<TaskStateName, string>> = {
  ...{ proposed: 'proposed', accepted: 'accepted', declined: 'declined', inProgress: 'in progress' },
  ...{ blocked: 'blocked', done: 'done', verified: 'verified', cancelled: 'cancelled' },
};

/** Each change: the command that makes it, and how a history tells it. */
const changes: Readonly<Record<TaskActionName, readonly [command: string, past: string]>> = {
  propose: ['propose', 'proposed'],
  accept: ['accept', 'accepted'],
  decline: ['decline', 'declined'],
  start: ['start', 'started'],
  block: ['block', 'blocked'],
  finish: ['done', 'reported done'],
  sendBack: ['send-back', 'sent back'],
  verify: ['verify', 'verified'],
  cancel: ['cancel', 'cancelled'],
  assign: ['assign', 'assigned anew'],
  handOver: ['hand-over', 'handed over'],
  edit: ['edit', 'edited'],
  check: ['tick', 'ticked'],
  comment: ['comment', 'commented'],
};

export function stateText(state: TaskState): string {
  return states[nameOf(taskStates, state)];
}

export function pastOf(name: TaskActionName): string {
  return changes[name][1];
}

/** The commands that the table has for this member in the state that the task is in. */
export function possibleCommands(task: OpenTask, actor: TaskActor): string[] {
  if (!roleMay(actor.role, 'coordinate')) return [];
  const sides = [...sidesOf(task, actor)];
  const isPossible = (action: TaskActionName): boolean =>
    sides.some((side) => nextTaskState(task.state, taskActions[action], side) !== undefined) &&
    !(action === 'verify' && task.doneBy === actor.personId);
  return actionNames.filter(isPossible).map((name) => changes[name][0]);
}

const actionNames = Object.keys(changes) as TaskActionName[];

export function taskTitle({ title }: OpenTask): string {
  return caseTitle(title === '' ? undefined : title);
}

/** A moment that somebody else wrote: any number of milliseconds that the field holds. */
export function momentText(ms: number): string {
  return Math.abs(ms) <= MAX_DATE_MS ? isoTime(ms) : `${ms} ms after 1970`;
}

/** What the clocks of its zone show then, and the same moment in UTC. */
export function dueText(due: TaskDue | undefined): string {
  if (due === undefined) return '';
  const local = localTime(due);
  return local === undefined
    ? `${momentText(due.timeMs)} (meant for ${harmless(due.zone, 64)}, a zone that is not known here)`
    : `${local} ${harmless(due.zone, 64)} (${momentText(due.timeMs)})`;
}

/** Without the moment in UTC, for tables. */
export function shortDue(due: TaskDue | undefined): string {
  if (due === undefined) return '';
  return `${localTime(due) ?? momentText(due.timeMs)} ${harmless(due.zone, 64)}`;
}

function localTime({ timeMs, zone }: TaskDue): string | undefined {
  if (Math.abs(timeMs) > MAX_DATE_MS / 2) return undefined;
  try {
    return isoTime(timeMs + offsetAt(timeMs, zone))
      .slice(0, 16)
      .replace('T', ' ');
  } catch (error) {
    if (isRogatoryError(error)) return undefined; // any name of the form may stand there
    throw error;
  }
}

/** Who may do it: whoever holds the post now, or the authority while no post is named. */
export function assigneeName(client: Client, { state, authorityId, postId }: TaskAssignee): string {
  const { view } = client.directory;
  const record = view.authority(authorityId)?.record;
  const office = `${record === undefined ? `authority ${authorityId.slice(0, 8)}` : harmless(record.name, 120)} (${state})`;
  if (postId === undefined) return office;
  const nowMs = client.gateway.clock.nowMs();
  const holders = view
    .personsOf(authorityId)
    .filter(({ certificate, personId }) => certificate.postId === postId && view.isPersonLive(personId, nowMs));
  const names = holders.map(({ personId }) => personLine(client, personId));
  return names.length === 0 ? `post ${postId.slice(0, 8)} of ${office}` : names.join(' or ');
}

/** A task as `--json` has it. */
export function taskDocument(client: Client, task: OpenTask): { readonly [field: string]: Json | undefined } {
  const { taskId, compartmentId, version, due, assignee, steps, references, doneBy, reason } = task;
  return {
    ...{ taskId, compartmentId, version, state: nameOf(taskStates, task.state), title: task.title, text: task.text },
    ...{ owner: task.owner, assignee: { ...assignee, name: assigneeName(client, assignee) } },
    ...(due === undefined ? {} : { due: dueDocument(due) }),
    ...{ estimateMinutes: task.estimateMinutes, dependencies: task.dependencies },
    steps: steps.map(({ number, text, isDone }) => ({ number, text, isDone })),
    references: references.map((reference) => ({ documentId: reference.objectId, version: reference.version })),
    ...(reason === undefined ? {} : { reason }),
    ...(doneBy === undefined ? {} : { doneBy }),
  };
}

function dueDocument(due: TaskDue): { readonly [field: string]: Json | undefined } {
  return { at: momentText(due.timeMs), zone: due.zone, local: localTime(due) };
}

/** One signed change: who, when, what, and what of it this device can read. */
export function eventDocument(client: Client, event: TaskEvent): { readonly [field: string]: Json | undefined } {
  const { version, facts, author, position, times, content, refusal } = event;
  const { personId, deviceId, state, role } = author;
  return {
    ...{ version, action: nameOf(taskActions, facts.action), state: nameOf(taskStates, facts.state) },
    author: { personId, deviceId, name: personName(client, personId), state, role: nameOf(caseRoles, role) },
    ...{ saidAt: isoTime(times.saidAtMs), receivedAt: isoTime(times.receivedAtMs), position, content: content.kind },
    ...(content.kind === 'open' ? { text: content.content.text, ticks: ticksOf(content.content.ticks) } : {}),
    ...(refusal === undefined ? {} : { refusal }),
  };
}

function ticksOf(ticks: readonly { readonly number: number; readonly isDone: boolean }[]): Json {
  return ticks.map(({ number, isDone }) => ({ number, isDone }));
}

const { propose, edit, assign, handOver } = taskActions;

/** The same in lines. */
export function eventLines(client: Client, event: TaskEvent): string[] {
  const { version, facts, author, times, refusal } = event;
  const { action, assignee, due } = facts;
  const who = `${personName(client, author.personId)} (${author.state}, ${nameOf(caseRoles, author.role)})`;
  const isPlaced = action === propose || action === assign || action === handOver;
  const to = isPlaced ? `, for ${assigneeName(client, assignee)}` : '';
  const isDated = (action === propose || action === edit) && due !== undefined;
  const till = isDated ? `, due ${dueText(due)}` : '';
  return [
    `${String(version).padStart(3)}  ${timeText(times)}  ${who}  ${pastOf(nameOf(taskActions, action))}${to}${till}`,
    ...(refusal === undefined ? [] : [`     AGAINST THE RULES (${refusal}): it changed nothing`]),
    ...contentLines(event).map((line) => `     ${line}`),
  ];
}

function contentLines({ content, facts }: TaskEvent): string[] {
  if (content.kind === 'sealed') return ['said before this device was given the keys'];
  if (content.kind === 'unreadable') return [`unreadable (${content.code})`];
  const { text, ticks, references } = content.content;
  const isDescription = facts.action === propose || facts.action === edit;
  return [
    // What it says as a whole stands above the history.
    ...(text === '' || isDescription ? [] : harmlessLines(text)),
    ...ticks.map(({ number, isDone }) => `line ${number} ${isDone ? 'done' : 'open again'}`),
    ...(isDescription ? [] : referenceLines(references)),
  ];
}

export function referenceLines(references: OpenTask['references']): string[] {
  return references.map(({ objectId, version }) => `refers to document ${objectId.slice(0, 12)}, version ${version}`);
}
