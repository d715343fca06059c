import { describe, expect, it } from '@jest/globals';
import type { ObjectId } from '@rogatory/kernel';
import { taskStates } from '@rogatory/protocol';
import { type PlannedTask, planTasks } from './task-dependencies.js';
import { type NoticePlan, noticesBetween, type WatchedTask } from './task-notices.js';
import { expandTemplate, type TemplateTask } from './task-template.js';
import { codeOf } from './testing/code-of.js';
import { taskIds } from './testing/random-tasks.js';

const [a, b, c, d] = taskIds as [ObjectId, ObjectId, ObjectId, ObjectId];
const MINUTE_MS = 60_000;

describe('the critical path', () => {
  const tasks: readonly PlannedTask[] = [
    { taskId: d, dependencies: [b, c], minutesLeft: 5, dueMs: 100 * MINUTE_MS },
    { taskId: a, dependencies: [], minutesLeft: 10 },
    { taskId: b, dependencies: [a], minutesLeft: 60, dueMs: 60 * MINUTE_MS },
    { taskId: c, dependencies: [a], minutesLeft: 20 },
  ];

  it('is the longest chain of what is left to do, and due times say what there is to spare', () => {
    const plan = planTasks(tasks, 0);
    expect(plan.criticalPath).toEqual([a, b, d]);
    expect(plan.endMs).toBe(75 * MINUTE_MS);
    const slack = [a, b, c, d].map((id) => (plan.windows.get(id)?.slackMs ?? 0) / MINUTE_MS);
    expect(slack).toEqual([-10, -10, 65, 25]);
    expect(plan.windows.get(c)).toMatchObject({ earliestStartMs: 10 * MINUTE_MS, latestEndMs: 95 * MINUTE_MS });
  });

  it('counts what is not among the tasks as done, and refuses a circle', () => {
    expect(planTasks([{ taskId: d, dependencies: [a], minutesLeft: 1 }], 7)).toMatchObject({
      criticalPath: [d],
      endMs: 7 + MINUTE_MS,
    });
    expect(planTasks([], 7)).toMatchObject({ criticalPath: [], endMs: 7 });
    const circle = [a, b].map((taskId, i) => ({ taskId, dependencies: [i === 0 ? b : a], minutesLeft: 1 }));
    expect(codeOf(() => planTasks(circle, 0))).toBe('task/cycle');
  });
});

describe('a template', () => {
  const task = (key: string, after: readonly string[], days = 0): TemplateTask => ({
    ...{ key, title: key, text: '', steps: [], estimateMinutes: 0, after },
    due: { days, time: '09:30' },
  });
  const ids = () => {
    const left = [...taskIds];
    return () => left.pop() as ObjectId;
  };

  it('becomes tasks behind what they depend on, due by the clocks of the anchor', () => {
    const drafts = expandTemplate(
      [task('report', ['search'], 1), task('search', []), task('warrant', [], -28)],
      { date: '2026-10-25', zone: 'Europe/Paris' },
      ids(),
    );
    expect(drafts.map(({ template }) => template.key)).toEqual(['search', 'warrant', 'report']);
    expect(drafts[2]?.dependencies).toEqual([drafts[0]?.taskId]);
    const dues = drafts.map(({ due }) => new Date(due?.timeMs ?? 0).toISOString());
    expect(dues).toEqual(['2026-10-25T08:30:00.000Z', '2026-09-27T07:30:00.000Z', '2026-10-26T08:30:00.000Z']);
  });

  it('that does not hold together is refused', () => {
    const anchor = { date: '2026-10-25', zone: 'Europe/Paris' };
    const wrong = [[task('x', ['y'])], [task('x', []), task('x', [])], [task('x', ['y']), task('y', ['x'])]];
    expect(wrong.map((tasks) => codeOf(() => expandTemplate(tasks, anchor, ids())))).toEqual(
      wrong.map(() => 'task/template'),
    );
    expect(codeOf(() => expandTemplate([task('x', [])], { ...anchor, date: '2026-02-30' }, ids()))).toBe(
      'codec/local-time',
    );
  });
});

describe('notices', () => {
  const plan: NoticePlan = {
    ...{ remindBeforeMs: [100, 10], escalateAfterMs: [50], unansweredAfterMs: 30, unverifiedAfterMs: 40 },
  };
  const due = { timeMs: 1_000, zone: 'Europe/Paris' };
  const tasks: readonly WatchedTask[] = [
    { taskId: a, state: taskStates.proposed, due, sinceMs: 900 },
    { taskId: b, state: taskStates.done, due, sinceMs: 990 },
    { taskId: c, state: taskStates.verified, due, sinceMs: 990 },
  ];
  const told = (afterMs: number, untilMs: number) =>
    noticesBetween(tasks, plan, { afterMs, untilMs }).map(({ kind, to, atMs }) => [atMs, kind, to]);

  it('fall due once each, in whatever spans they are asked for', () => {
    const all = told(0, 2_000);
    expect(all).toEqual([
      [900, 'reminder', 'assignee'],
      [930, 'unanswered', 'owner'],
      [990, 'reminder', 'assignee'],
      [1_000, 'overdue', 'assignee'],
      [1_000, 'overdue', 'owner'],
      [1_030, 'unverified', 'owner'],
      [1_050, 'escalation', 'lead'],
    ]);
    expect([...told(0, 930), ...told(930, 1_000), ...told(1_000, 2_000)]).toEqual(all);
  });
});
