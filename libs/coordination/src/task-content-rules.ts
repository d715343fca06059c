import { type TaskAction, taskActions, type TaskContent } from '@rogatory/protocol';
import { wrongContent } from './task.errors.js';

const { propose, edit, check, decline, block, sendBack, cancel, comment } = taskActions;
const describing: ReadonlySet<TaskAction> = new Set([propose, edit]);
const withReason: ReadonlySet<TaskAction> = new Set([decline, block, sendBack, cancel]);

/**
 * What a change may say under the seal. No server can look at it: authors hold themselves to it, and readers show a content
 * that breaks it as unreadable.
 * SPEC: tasks 4 — propose and edit describe the task, check has ticks, what ends or stops it a reason.
 * @throws VerificationError `task/content`.
 */
export function checkTaskContent(action: TaskAction, content: TaskContent): void {
  const { title, text, estimateMinutes, steps, ticks, references } = content;
  const isPlain = title === '' && estimateMinutes === 0 && steps.length === 0;
  const isDescribed = describing.has(action) ? title.trim() !== '' : isPlain;
  const isTicked = action === check ? ticks.length > 0 : ticks.length === 0;
  const isExplained = withReason.has(action) ? text.trim() !== '' : true;
  const isSaid = action === comment ? text.trim() !== '' || references.length > 0 : true;
  if (!isDescribed || !isTicked || !isExplained || !isSaid) throw wrongContent();
}
