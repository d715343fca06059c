import type { OpenTask, ProposalDraft } from '@rogatory/client';
import { type CaseId, isRogatoryError, type ObjectId } from '@rogatory/kernel';
import { nameOf, taskActions, type TaskAssignee, taskStates, taskViews, type TaskViewName } from '@rogatory/protocol';
import { type Actor, caseOf } from './actor.js';
import type { InCompartment } from './content-duties.js';

type ActionName = keyof typeof taskActions;

export interface OneTask extends InCompartment {
  readonly taskId: ObjectId;
}

export interface OneChange extends OneTask {
  readonly action: ActionName;
  readonly text?: string;
  /** The version that its author looked at, where it is not the newest. */
  readonly seenVersion?: number;
  readonly assignee?: TaskAssignee;
  readonly dependencies?: readonly ObjectId[];
  /** Numbers of the lines of the checklist that are done. */
  readonly ticked?: readonly number[];
}

/** What members do with tasks. */
export const taskDuties = {
  /** Post, authority and state in whose name this device acts. */
  async standing(actor: Actor, { caseId, compartmentId }: InCompartment) {
    const { state } = (await caseOf(actor, caseId)).compartment(compartmentId);
    const member = state.members.device(actor.keys.deviceId);
    if (member === undefined) throw new Error('this device is no member');
    return { state: member.state, authorityId: member.authorityId, postId: member.postId };
  },

  async proposeTask(actor: Actor, { caseId, compartmentId, ...draft }: InCompartment & ProposalDraft) {
    const open = await caseOf(actor, caseId);
    return told(await actor.client.tasks.propose(open, compartmentId, draft));
  },

  async changeTask(actor: Actor, wish: OneChange) {
    return told(await changed(actor, wish));
  },

  /** How a change was refused; the code is empty when it was not. */
  async tryChangeTask(actor: Actor, wish: OneChange) {
    try {
      await changed(actor, wish);
      return { isRefused: false, code: '' };
    } catch (error) {
      if (!isRogatoryError(error)) throw error;
      return { isRefused: true, code: error.code };
    }
  },

  /** The tasks of a compartment as their signed changes make them, held against the list of the server. */
  async listTasks(actor: Actor, { caseId, compartmentId }: InCompartment) {
    const compartment = (await caseOf(actor, caseId)).compartment(compartmentId);
    await actor.client.tasks.compare(compartment);
    return actor.client.tasks.list(compartment).map(told);
  },

  /** The longest chain of what is left to do. */
  async planTasks(actor: Actor, { caseId, compartmentId }: InCompartment) {
    const compartment = (await caseOf(actor, caseId)).compartment(compartmentId);
    const { criticalPath } = actor.client.tasks.plan(compartment);
    const tasks = criticalPath.map((taskId) => actor.client.tasks.find(compartment, taskId));
    const minutes = tasks.reduce((sum, { estimateMinutes }) => sum + estimateMinutes, 0);
    return { titles: tasks.map(({ title }) => title), minutes };
  },

  async ownTasks(actor: Actor, { view, caseId }: { readonly view: TaskViewName; readonly caseId: CaseId }) {
    const { tasks: found } = await actor.client.tasks.own(taskViews[view]);
    return found.filter((task) => task.caseId === caseId).map(told);
  },

  /** Who did what with a task, each change signed. */
  async taskHistory(actor: Actor, { caseId, compartmentId, taskId }: OneTask) {
    const compartment = (await caseOf(actor, caseId)).compartment(compartmentId);
    return actor.client.tasks.history(compartment, taskId).map(({ facts, author, refusal }) => ({
      action: nameOf(taskActions, facts.action),
      state: nameOf(taskStates, facts.state),
      by: author.state,
      isRefused: refusal !== undefined,
    }));
  },
};

async function changed(actor: Actor, { caseId, compartmentId, action, ticked = [], ...draft }: OneChange) {
  const open = await caseOf(actor, caseId);
  const ticks = ticked.map((number) => ({ number, isDone: true }));
  return actor.client.tasks.change(open, compartmentId, { ...draft, ticks, action: taskActions[action] });
}

function told({ taskId, title, state, owner, assignee, version, due, reason, steps }: OpenTask) {
  return {
    ...{ taskId, title, state: nameOf(taskStates, state), owner, assigneeState: assignee.state, version },
    ...{ dueMs: due?.timeMs ?? null, zone: due?.zone ?? null, reason: reason ?? null },
    stepsDone: steps.filter(({ isDone }) => isDone).length,
    steps: steps.length,
  };
}
