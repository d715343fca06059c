import type { ObjectId } from '@rogatory/kernel';
import type { ChangeDraft, Client, OpenCase, OpenTask } from '@rogatory/client';
import { type TaskActionName, taskActions, type TaskAssignee } from '@rogatory/protocol';
import type { Call } from '../run/call.js';
import { namedCompartment, openNamedCase, referenceNamed } from '../run/choosing.js';
import { usageError } from '../run/cli.errors.js';
import type { Outcome } from '../run/outcome.js';
import { withSession } from '../run/session.js';
import { assigneeName, pastOf, stateText, taskDocument, taskTitle } from './task-words.js';
import { assigneeOf, planOf, seenOf, taskNamed, wordsOf } from './task-wishes.js';

/** Where a change is made. */
interface Place {
  readonly client: Client;
  readonly open: OpenCase;
  readonly task: OpenTask;
}

type Said = Omit<ChangeDraft, 'taskId' | 'action' | 'seenVersion'>;

/** `task propose` */
export async function proposeTask(call: Call): Promise<Outcome> {
  const title = wordsOf(call, 'title');
  return withSession(call, async ({ client }) => {
    const open = await openNamedCase(call, client);
    const compartment = namedCompartment(call, client, open);
    const assignee = assigneeOf(call, client);
    const draft = { title, assignee, ...planOf(call, client, compartment) };
    const task = await client.tasks.propose(open, compartment.compartmentId, draft);
    return {
      json: { caseId: open.caseId, ...taskDocument(client, task) },
      lines: [`Proposed as ${task.taskId} to ${assigneeName(client, assignee)}.`, ...unreachable(open, task)],
    };
  });
}

/** Every change that says no more than that it is made. */
export function changeNamedTask(
  call: Call,
  name: TaskActionName,
  saidOf: (place: Place) => Said = () => ({}),
): Promise<Outcome> {
  const seen = seenOf(call);
  return withSession(call, async ({ client }) => {
    const open = await openNamedCase(call, client);
    const compartment = namedCompartment(call, client, open);
    const taskId: ObjectId = taskNamed(call.argument(1), client, compartment);
    const task = client.tasks.find(compartment, taskId);
    const draft = { taskId, action: taskActions[name], ...seen, ...saidOf({ client, open, task }) };
    const changed = await client.tasks.change(open, compartment.compartmentId, draft);
    const isMoved = name === 'assign' || name === 'handOver';
    return {
      json: { caseId: open.caseId, ...taskDocument(client, changed) },
      lines: [
        `${taskTitle(changed)}: ${pastOf(name)}. Now ${stateText(changed.state)}, version ${changed.version}.`,
        ...(isMoved ? [`It is for ${assigneeName(client, changed.assignee)}.`, ...unreachable(open, changed)] : []),
      ],
    };
  });
}

/** `task decline`, `block`, `send-back`, `cancel` */
export async function changeWithReason(
  call: Call,
  name: 'decline' | 'block' | 'sendBack' | 'cancel',
): Promise<Outcome> {
  const text = wordsOf(call, 'reason');
  return changeNamedTask(call, name, () => ({ text }));
}

/** `task comment` */
export async function commentTask(call: Call): Promise<Outcome> {
  const documents = call.list('reference');
  const text = documents.length > 0 ? (call.optional('text') ?? '') : wordsOf(call, 'text');
  return changeNamedTask(call, 'comment', ({ client, open, task }) => {
    const compartment = open.compartment(task.compartmentId);
    return { text, references: documents.map((typed) => referenceNamed(typed, client, compartment)) };
  });
}

/** `task tick`: lines by their numbers, which stay their own. */
export async function tickSteps(call: Call): Promise<Outcome> {
  const isDone = !call.flag('undo');
  const typed = call.argumentList(2);
  return changeNamedTask(call, 'check', ({ task }) => {
    const lines = new Set(typed.map((text) => task.steps.find(({ number }) => String(number) === text)?.number));
    const numbers = [...lines].filter((number) => number !== undefined);
    if (numbers.length === 0 || numbers.length < lines.size) {
      const choices = task.steps.map(({ number }) => number).join(', ');
      throw usageError('cli/arguments', { what: 'line of the checklist', choices });
    }
    return { ticks: numbers.map((number) => ({ number, isDone })) };
  });
}

/** `task assign`, `task hand-over` */
export async function assignNamedTask(call: Call, name: 'assign' | 'handOver'): Promise<Outcome> {
  return changeNamedTask(call, name, ({ client, task }) => {
    const assignee = assigneeOf(call, client);
    if (name === 'handOver' && assignee.authorityId !== task.assignee.authorityId) {
      const reason = 'a task is handed over within its authority; "rogatory task assign" gives it to another';
      throw usageError('cli/arguments', { reason });
    }
    return { assignee };
  });
}

/** `task edit`: what is not named stays as it is. */
export async function editTask(call: Call): Promise<Outcome> {
  const title = call.optional('title') === undefined ? {} : { title: wordsOf(call, 'title') };
  const isUndated = call.flag('withoutDue');
  const isFree = call.flag('afterNothing');
  return changeNamedTask(call, 'edit', ({ client, open, task }) => {
    const { steps, ...plan } = planOf(call, client, open.compartment(task.compartmentId));
    if (isUndated && plan.due !== undefined) throw usageError('cli/arguments', { choices: '--due, --without-due' });
    if (isFree && plan.dependencies !== undefined) {
      throw usageError('cli/arguments', { choices: '--after, --after-nothing' });
    }
    const said: Said = {
      ...{ ...title, ...plan },
      ...(steps === undefined ? {} : { moreSteps: steps }),
      ...(isUndated ? { due: null } : {}),
      ...(isFree ? { dependencies: [] } : {}),
    };
    if (Object.keys(said).length === 0) throw usageError('cli/arguments', { reason: 'name what is to be changed' });
    return said;
  });
}

/** A task for people who cannot see it waits for ever: said at once, to whom it concerns. */
function unreachable(open: OpenCase, { compartmentId, assignee }: OpenTask): string[] {
  const { persons } = open.compartment(compartmentId).state.members;
  const isMember = [...persons.values()].some((person) => isMeant(assignee, person));
  return isMember ? [] : ['Nobody there is a member of this compartment yet: they cannot see it before they are.'];
}

function isMeant(assignee: TaskAssignee, person: Required<TaskAssignee>): boolean {
  const isOffice = person.authorityId === assignee.authorityId && person.state === assignee.state;
  return isOffice && (assignee.postId ?? person.postId) === person.postId;
}
