import type { ObjectId } from '@rogatory/kernel';
import { nextTaskState, sidesOf, type Task, type TaskActor } from '@rogatory/coordination';
import {
  type DocumentReference,
  sizes,
  type TaskAction,
  taskActions,
  type TaskAssignee,
  type TaskContent,
  type TaskDue,
  type TaskFacts,
  type TaskStep,
  type TaskTick,
  taskStates,
} from '@rogatory/protocol';
import type { OpenTask } from './open-task.js';

/** A task that somebody wants done. */
export interface ProposalDraft {
  readonly title: string;
  readonly text?: string;
  readonly estimateMinutes?: number;
  /** Lines of the checklist, in order. */
  readonly steps?: readonly string[];
  readonly references?: readonly DocumentReference[];
  readonly assignee: TaskAssignee;
  readonly due?: TaskDue;
  readonly dependencies?: readonly ObjectId[];
}

/** One change of a task that stands. What is left out stays as it is. */
export interface ChangeDraft {
  readonly taskId: ObjectId;
  readonly action: TaskAction;
  /** The version that its author looked at; the newest that this device knows when left out. */
  readonly seenVersion?: number;
  /** Reason or comment; of an edit the new description. */
  readonly text?: string;
  readonly title?: string;
  readonly estimateMinutes?: number;
  /** Of an edit: further lines of the checklist. Those that stand keep their numbers. */
  readonly moreSteps?: readonly string[];
  readonly ticks?: readonly TaskTick[];
  readonly references?: readonly DocumentReference[];
  readonly assignee?: TaskAssignee;
  /** Of an edit; null takes the due time away. */
  readonly due?: TaskDue | null;
  readonly dependencies?: readonly ObjectId[];
}

export interface DraftedChange {
  readonly facts: TaskFacts;
  readonly content: TaskContent;
}

const noContent: TaskContent = { title: '', text: '', estimateMinutes: 0, steps: [], ticks: [], references: [] };
const { edit, assign, handOver } = taskActions;

export function draftProposal(draft: ProposalDraft, owner: string): DraftedChange {
  const { title, text = '', estimateMinutes = 0, references = [], assignee, due, dependencies = [] } = draft;
  const steps = numbered(draft.steps ?? [], 1);
  return {
    facts: {
      ...{ action: taskActions.propose, state: taskStates.proposed, previousHash: new Uint8Array(sizes.hash), owner },
      ...{ assignee, ...(due === undefined ? {} : { due }), dependencies: sorted(dependencies) },
    },
    content: { ...noContent, title, text, estimateMinutes, steps, references },
  };
}

/** The change that follows the newest one; its state is the one that the table has for this member, who may not have one. */
export function draftChange(task: OpenTask, draft: ChangeDraft, actor: TaskActor): DraftedChange {
  const { action } = draft;
  const isEdit = action === edit;
  const due = isEdit && draft.due !== undefined ? (draft.due ?? undefined) : task.due;
  const dependencies = isEdit ? sorted(draft.dependencies ?? task.dependencies) : task.dependencies;
  const assignee = (action === assign || action === handOver ? draft.assignee : undefined) ?? task.assignee;
  return {
    facts: {
      ...{ action, state: stateAfter(task, action, actor), previousHash: task.lastHash, owner: task.owner },
      ...{ assignee, ...(due === undefined ? {} : { due }), dependencies },
    },
    content: isEdit ? editedContent(task, draft) : saidContent(draft),
  };
}

function stateAfter(task: Task, action: TaskAction, actor: TaskActor): Task['state'] {
  for (const side of sidesOf(task, actor)) {
    const next = nextTaskState(task.state, action, side);
    if (next !== undefined) return next;
  }
  return task.state;
}

function editedContent(task: OpenTask, draft: ChangeDraft): TaskContent {
  const { title = task.title, text = task.text, estimateMinutes = task.estimateMinutes } = draft;
  const kept: readonly TaskStep[] = task.steps.map(({ number, text: line }) => ({ number, text: line }));
  const further = numbered(draft.moreSteps ?? [], (kept.at(-1)?.number ?? 0) + 1);
  const references = draft.references ?? task.references;
  return { ...noContent, title, text, estimateMinutes, steps: [...kept, ...further], references };
}

function saidContent({ text = '', ticks = [], references = [] }: ChangeDraft): TaskContent {
  const inOrder = ticks.toSorted((a, b) => a.number - b.number);
  return { ...noContent, text, ticks: inOrder, references };
}

function numbered(lines: readonly string[], first: number): readonly TaskStep[] {
  return lines.map((text, i) => ({ number: first + i, text }));
}

function sorted(ids: readonly ObjectId[]): readonly ObjectId[] {
  return [...new Set(ids)].toSorted((a, b) => (a < b ? -1 : 1));
}
