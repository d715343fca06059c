import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { OpenCase, OpenTask } from '@rogatory/client';
import type { CompartmentId } from '@rogatory/kernel';
import { composeRemove } from '@rogatory/e2ee';
import { type TaskAssignee, taskActions, taskStates, taskViews } from '@rogatory/protocol';
import { onQuickest } from '../world/engines.js';
import type { JsonObject } from './evil-proxy.js';
import { at, refusalOf, Rig } from './rig.js';

let rig: Rig;
let id: CompartmentId;
let first: OpenTask;
let second: OpenTask;

/** The judge's post, as the chain has it. */
function judgesPost(): TaskAssignee {
  const leaf = compartmentOf('lead').state.members.device(rig.world.keysOf('judge-xb').deviceId);
  if (leaf === undefined) throw new Error('the judge is no member');
  return { state: leaf.state, authorityId: leaf.authorityId, postId: leaf.postId };
}

const opened = new Map<string, OpenCase>();
function compartmentOf(who: 'lead' | 'judge') {
  const open = opened.get(who);
  if (open === undefined) throw new Error('not opened');
  return open.compartment(id);
}

beforeAll(async () => {
  rig = await Rig.start(await onQuickest());
  id = rig.evidence;
  const lead = await rig.lead.cases.open(rig.caseId);
  const judge = await rig.judge.cases.open(rig.caseId);
  opened.set('lead', lead).set('judge', judge);
  const due = { timeMs: Date.UTC(2030, 0, 1), zone: 'Europe/Paris' };
  first = await rig.lead.tasks.propose(lead, id, { title: 'sealed words 1', assignee: judgesPost(), due });
  const dependencies = [first.taskId];
  second = await rig.lead.tasks.propose(lead, id, { title: 'sealed words 2', assignee: judgesPost(), dependencies });
  await compartmentOf('judge').sync();
  first = await rig.judge.tasks.change(judge, id, { taskId: first.taskId, action: taskActions.accept });
}, 120_000);
afterAll(() => rig.stop());
afterEach(() => rig.proxy.honest());

type Rows = JsonObject[];
/** Every part of what is said of a task, told otherwise. */
const lies: readonly (readonly [string, (rows: Rows) => Rows])[] = [
  ['another state', (rows) => rows.map((row) => ({ ...row, state: taskStates.done }))],
  ['a state that there is not', (rows) => rows.map((row) => ({ ...row, state: 9 }))],
  ['a later version', (rows) => rows.map((row) => ({ ...row, version: Number(row['version']) + 1 }))],
  ['an earlier version', (rows) => rows.map((row) => ({ ...row, version: 0 }))],
  ['another hash', (rows) => rows.map((row) => ({ ...row, lastHash: Buffer.alloc(32, 7).toString('base64') }))],
  ['another owner', (rows) => rows.map((row) => ({ ...row, owner: 'ZZ' }))],
  ['another assignee', (rows) => rows.map((row) => ({ ...row, assigneeAuthorityId: '7'.repeat(32) }))],
  ['another state of the assignee', (rows) => rows.map((row) => ({ ...row, assigneeState: 'ZZ' }))],
  ['another post', (rows) => rows.map((row) => ({ ...row, assigneePostId: '7'.repeat(32) }))],
  ['no post', (rows) => rows.map((row) => ({ ...row, assigneePostId: null }))],
  ['another due time', (rows) => rows.map((row) => ({ ...row, dueAtMs: 1, dueZone: 'Europe/Paris' }))],
  ['another zone', (rows) => rows.map((row) => ({ ...row, dueAtMs: row['dueAtMs'] ?? 1, dueZone: 'Etc/UTC' }))],
  ['other dependencies', (rows) => rows.map((row) => ({ ...row, dependencies: ['7'.repeat(32)] }))],
  ['another task', (rows) => rows.map((row) => ({ ...row, taskId: '7'.repeat(32) }))],
  ['another compartment', (rows) => rows.map((row) => ({ ...row, compartmentId: '7'.repeat(64) }))],
];

const lieAbout = (operation: 'Tasks' | 'OwnTasks', lie: (rows: Rows) => Rows) =>
  rig.proxy.lie(operation, (answer) => {
    const page = at(answer, 'data', operation === 'Tasks' ? 'tasks' : 'ownTasks');
    page['tasks'] = lie(page['tasks'] as Rows);
    return answer;
  });

it.each(lies)('a list that tells of a task %s is refused, and an alarm', async (_name, lie) => {
  lieAbout('Tasks', lie);
  const error = await refusalOf(rig.judge.tasks.compare(compartmentOf('judge')));
  expect(error.code).toMatch(/^(client\/task-state|client\/answer)$/);
  rig.proxy.honest();
  await rig.judge.tasks.compare(compartmentOf('judge'));
  const alarms = rig.judge.alarms
    .list()
    .filter(({ kind, compartmentId }) => kind === 'history-refused' && compartmentId === id);
  expect(alarms.map(({ code }) => code)).toContain(error.code);
});

it.each(lies)('own work that tells of a task %s is refused', async (_name, lie) => {
  lieAbout('OwnTasks', lie);
  expect((await refusalOf(rig.judge.tasks.own(taskViews.mine))).code).toMatch(
    /^(client\/task-state|client\/answer|access\/refused)$/,
  );
  rig.proxy.honest();
  const own = await rig.judge.tasks.own(taskViews.mine);
  expect(own.tasks.map(({ title }) => title)).toEqual(['sealed words 1', 'sealed words 2']);
});

it('own work that tells of a task which the view does not have, twice or out of order is refused', async () => {
  let kept: Rows = [];
  lieAbout('OwnTasks', (rows) => (kept = rows.map((row) => ({ ...row }))));
  const { tasks } = await rig.judge.tasks.own(taskViews.mine);
  expect(kept).toHaveLength(2);
  expect(tasks).toHaveLength(2);
  lieAbout('OwnTasks', () => kept);
  for (const view of [taskViews.overdue, taskViews.awaiting, taskViews.review]) {
    expect((await refusalOf(rig.judge.tasks.own(view))).code).toBe('client/task-state');
  }
  for (const view of [taskViews.mine, taskViews.overdue, taskViews.review]) {
    expect((await refusalOf(rig.lead.tasks.own(view))).code).toBe('client/task-state');
  }
  for (const lie of [(rows: Rows) => rows.toReversed(), (rows: Rows) => [...rows, ...rows.slice(-1)]]) {
    lieAbout('OwnTasks', lie);
    expect((await refusalOf(rig.judge.tasks.own(taskViews.mine))).code).toBe('client/answer');
  }
});

it('own work comes page by page, as long as pages bring something', async () => {
  const [one, two] = [
    await rig.judge.tasks.own(taskViews.mine, { most: 1 }),
    await rig.judge.tasks.own(taskViews.mine),
  ];
  const rest = await rig.judge.tasks.own(taskViews.mine, { after: one.next });
  expect([...one.tasks, ...rest.tasks].map(({ taskId }) => taskId)).toEqual(two.tasks.map(({ taskId }) => taskId));
  expect([two.next, rest.next]).toEqual([undefined, undefined]);
  rig.proxy.lie('OwnTasks', (answer) => {
    at(answer, 'data', 'ownTasks')['hasMore'] = true;
    return answer;
  });
  const { tasks, next } = await rig.judge.tasks.own(taskViews.mine);
  expect({ count: tasks.length, next }).toEqual({ count: 2, next: undefined });
  expect(rig.proxy.asked.filter((name) => name === 'OwnTasks').length).toBeLessThan(6);
});

it('own work is the first thing that a client started anew may be asked for', async () => {
  // Without a login of its own, as a command line that goes on with a saved session.
  const judge = await rig.world.opened('judge-xb', { route: rig.proxy.route(rig.world.url) });
  const { tasks } = await judge.tasks.own(taskViews.mine);
  expect(tasks.map(({ title }) => title)).toEqual(['sealed words 1', 'sealed words 2']);
});

it('a change whose fate is unknown does not come into force later', async () => {
  const judge = await rig.judge.cases.open(rig.caseId);
  const { target } = rig.proxy;
  rig.proxy.target = 'http://127.0.0.1:9';
  const start = rig.judge.tasks.change(judge, id, { taskId: first.taskId, action: taskActions.start });
  expect((await refusalOf(start)).family).toBe('unavailable');
  rig.proxy.target = target;
  await rig.judge.messages.post(judge, id, { text: 'sealed words 5' });
  await compartmentOf('judge').sync();
  expect(rig.judge.tasks.find(compartmentOf('judge'), first.taskId).state).toBe(taskStates.accepted);
});

it('whoever is removed after the list was made is told so, and nobody is accused; the rest is listed', async () => {
  const { open, evidence } = await rig.newCase();
  const { taskId } = await rig.lead.tasks.propose(open, evidence, { title: 'sealed words 6', assignee: judgesPost() });
  const elsewhere = await rig.lead.tasks.propose(open, open.root.compartmentId, {
    ...{ title: 'sealed words 7', assignee: judgesPost() },
  });
  const refused = () => rig.judge.alarms.list().filter(({ kind }) => kind === 'history-refused').length;
  let kept: Rows = [];
  /** The list as it was made for the judge, who is somebody else when reading it. */
  const listedBefore = () => {
    let answers = 0;
    lieAbout('OwnTasks', (rows) => (answers++ === 0 ? kept : rows));
  };
  lieAbout('OwnTasks', (rows) => (kept = rows.map((row) => ({ ...row }))));
  expect((await rig.judge.tasks.own(taskViews.mine)).tasks.map((task) => task.taskId)).toContain(taskId);
  rig.proxy.honest();

  await open.append((scenes) => [scenes.note(composeRemove(scenes.scene(evidence), rig.personOf('judge-xb')))]);
  const judge = await rig.judgeAgain();
  const before = refused();
  listedBefore();
  const removed = await judge.tasks.own(taskViews.mine);
  expect(removed.unopened).toEqual([{ caseId: open.caseId, compartmentId: evidence, code: 'client/not-a-member' }]);
  expect(removed.tasks.map((task) => task.taskId)).toContain(elsewhere.taskId);
  // A server that goes on listing what it does not open has lied.
  lieAbout('OwnTasks', () => kept);
  expect((await refusalOf(judge.tasks.own(taskViews.mine))).code).toBe('client/task-state');

  rig.proxy.honest();
  await rig.lead.cases.remove(open, rig.personOf('judge-xb'));
  const again = await rig.judgeAgain();
  const rows = kept.filter((row) => row['taskId'] !== taskId);
  kept = rows;
  listedBefore();
  const gone = await again.tasks.own(taskViews.mine);
  expect(gone.unopened).toEqual([{ caseId: open.caseId, code: 'access/refused' }]);
  expect(gone.tasks.map((task) => task.taskId).toSorted()).toEqual([first.taskId, second.taskId].toSorted());
  expect(refused()).toBe(before + 1);
});

it('a task left out of a list, or told twice, is a lie', async () => {
  for (const lie of [(rows: Rows) => rows.slice(1), (rows: Rows) => [...rows, ...rows], () => []]) {
    lieAbout('Tasks', lie);
    expect((await refusalOf(rig.judge.tasks.compare(compartmentOf('judge')))).code).toBe('client/task-state');
    rig.proxy.honest();
  }
});

it('a task as it was before its newest change is a lie for whoever knows that change', async () => {
  const before = second;
  let kept: Rows = [];
  lieAbout('Tasks', (rows) => {
    kept = rows.map((row) => ({ ...row }));
    return rows;
  });
  await rig.judge.tasks.compare(compartmentOf('judge'));
  const open = opened.get('judge');
  if (open === undefined) throw new Error('not opened');
  await rig.judge.tasks.change(open, id, { taskId: before.taskId, action: taskActions.accept });
  lieAbout('Tasks', () => kept);
  expect((await refusalOf(rig.judge.tasks.compare(compartmentOf('judge')))).code).toBe('client/task-state');
});

it('a change that is kept back, or played again, ends the reading of the compartment', async () => {
  const lead = opened.get('lead');
  if (lead === undefined) throw new Error('not opened');
  await compartmentOf('lead').sync();
  const comment = { taskId: first.taskId, action: taskActions.comment, text: 'sealed words 3' };
  await rig.lead.tasks.change(lead, id, comment);
  await rig.lead.tasks.change(lead, id, { ...comment, text: 'sealed words 4' });
  const eventLies: readonly ((events: Rows) => Rows)[] = [
    (events) => events.slice(1).map((event, i) => ({ ...event, position: Number(events[i]?.['position']) })),
    (events) => [
      ...events.slice(0, 1),
      { ...(events[0] as JsonObject), position: Number(events[0]?.['position']) + 1 },
    ],
  ];
  for (const lie of eventLies) {
    rig.proxy.lie('ContentLog', (answer) => {
      const log = at(answer, 'data', 'contentLog');
      const events = log['events'] as Rows;
      if (events.length > 1) log['events'] = lie(events);
      return answer;
    });
    expect((await refusalOf(compartmentOf('judge').sync())).family).toBe('verification');
    rig.proxy.honest();
  }
  const judge = await rig.judgeAgain();
  const open = await judge.cases.open(rig.caseId);
  const task = judge.tasks.find(open.compartment(id), first.taskId);
  expect(task.changes.map(({ version, refusal }) => [version, refusal])).toEqual(
    [1, 2, 3, 4].map((version) => [version, undefined]),
  );
  await judge.tasks.compare(open.compartment(id));
});
