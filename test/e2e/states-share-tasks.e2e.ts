import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type ChangeDraft, type Client, follow, type OpenCase } from '@rogatory/client';
import type { CompartmentId, ObjectId } from '@rogatory/kernel';
import { type TaskAssignee, taskActions, taskStates, taskViews } from '@rogatory/protocol';
import { admitAll } from '../world/admission.js';
import { onEachEngine } from '../world/engines.js';
import { World } from '../world/world.js';
import { refusalOf } from '../rig/rig.js';

const { accept, start, block, finish, verify, check, comment, edit, decline, assign, sendBack } = taskActions;

onEachEngine('states share tasks', (openDatabase) => {
  let world: World;
  let lead: Client;
  let judge: Client;
  let ours: OpenCase;
  let theirs: OpenCase;
  let id: CompartmentId;

  beforeAll(async () => {
    world = await World.start(await openDatabase());
    lead = await world.client('prosecutor-xa');
    ours = await lead.cases.create({ title: 'Operation Harbour' });
    const people = await admitAll(world, { lead, leader: 'prosecutor-xa', open: ours }, { 'judge-xb': {} });
    judge = people.get('judge-xb') as Client;
    theirs = await judge.cases.open(ours.caseId);
    id = ours.root.compartmentId;
    await ours.root.sync();
  }, 120_000);
  afterAll(() => world.stop());

  const assigneeOf = (profile: string): TaskAssignee => {
    const member = ours.root.state.members.device(world.keysOf(profile).deviceId);
    if (member === undefined) throw new Error('no member');
    return { state: member.state, authorityId: member.authorityId, postId: member.postId };
  };
  const seen = async (taskId: ObjectId) => {
    await theirs.root.sync();
    return judge.tasks.find(theirs.root, taskId);
  };

  it('one proposes, the other accepts and does it, and the first verifies; both read the same history', async () => {
    const proposal = await lead.tasks.propose(ours, id, {
      title: 'Search at address 4',
      text: 'Secure phones first.',
      ...{ estimateMinutes: 90, steps: ['warrant read out', 'phones seized'], assignee: assigneeOf('judge-xb') },
      due: { timeMs: Date.UTC(2030, 0, 1), zone: 'Europe/Paris' },
    });
    const { taskId } = proposal;
    expect((await seen(taskId)).title).toBe('Search at address 4');
    await judge.tasks.change(theirs, id, { taskId, action: accept });
    await judge.tasks.change(theirs, id, { taskId, action: start });
    await judge.tasks.change(theirs, id, { taskId, action: check, ticks: [{ number: 2, isDone: true }] });
    const stopped = await judge.tasks.change(theirs, id, { taskId, action: block, text: 'waits for the warrant' });
    expect(stopped).toMatchObject({ state: taskStates.blocked, reason: 'waits for the warrant' });
    await judge.tasks.change(theirs, id, { taskId, action: start });
    await judge.tasks.change(theirs, id, { taskId, action: finish });
    expect((await lead.tasks.own(taskViews.review)).tasks.map((task) => task.taskId)).toEqual([taskId]);
    const verified = await lead.tasks.change(ours, id, { taskId, action: verify });
    expect(verified).toMatchObject({
      state: taskStates.verified,
      version: 8,
      doneBy: world.keysOf('judge-xb').personId,
    });
    expect(verified.steps.map(({ isDone }) => isDone)).toEqual([false, true]);
    await theirs.root.sync();
    const [a, b] = [lead.tasks.history(ours.root, taskId), judge.tasks.history(theirs.root, taskId)];
    expect(a.map(({ itemHash }) => itemHash)).toEqual(b.map(({ itemHash }) => itemHash));
    expect(a.every(({ refusal }) => refusal === undefined)).toBe(true);
    await lead.tasks.compare(ours.root);
    await judge.tasks.compare(theirs.root);
  });

  it('whoever acts for another, out of turn or on what is past is refused, and overwrites nothing', async () => {
    const { taskId } = await lead.tasks.propose(ours, id, { title: 'Hearing', assignee: assigneeOf('judge-xb') });
    expect((await refusalOf(lead.tasks.change(ours, id, { taskId, action: accept }))).code).toBe('task/side');
    expect((await refusalOf(lead.tasks.change(ours, id, { taskId, action: verify }))).code).toBe('task/transition');
    await theirs.root.sync();
    // Both change version 1; the one who is later is told which version is in force.
    await lead.tasks.change(ours, id, { taskId, action: edit, title: 'Hearing of two witnesses' });
    const stale = await refusalOf(judge.tasks.change(theirs, id, { taskId, action: accept }));
    expect([stale.code, stale.details]).toEqual(['task/stale', { version: 2 }]);
    expect((await seen(taskId)).title).toBe('Hearing of two witnesses');
    const reason = await refusalOf(judge.tasks.change(theirs, id, { taskId, action: decline }));
    expect(reason.code).toBe('task/content');
    const declined = await judge.tasks.change(theirs, id, { taskId, action: decline, text: 'not competent' });
    expect(declined).toMatchObject({ state: taskStates.declined, reason: 'not competent' });
    await ours.root.sync();
    const again = await lead.tasks.change(ours, id, { taskId, action: assign, assignee: assigneeOf('prosecutor-xa') });
    expect(again.state).toBe(taskStates.proposed);
  });

  it('what comes first is done first, and no circle closes; the critical path is the longest chain', async () => {
    const assignee = assigneeOf('judge-xb');
    const first = await lead.tasks.propose(ours, id, { title: 'Warrant', estimateMinutes: 60, assignee });
    const dependencies = [first.taskId];
    const second = await lead.tasks.propose(ours, id, { title: 'Arrest', estimateMinutes: 30, assignee, dependencies });
    const circle = { taskId: first.taskId, action: edit, dependencies: [second.taskId] };
    expect((await refusalOf(lead.tasks.change(ours, id, circle))).code).toBe('task/cycle');
    expect(lead.tasks.plan(ours.root).criticalPath).toEqual([first.taskId, second.taskId]);
    await theirs.root.sync();
    const { taskId } = second;
    for (const action of [accept, start]) await judge.tasks.change(theirs, id, { taskId, action });
    expect((await refusalOf(judge.tasks.change(theirs, id, { taskId, action: finish }))).code).toBe(
      'task/open-dependency',
    );
    const mine = await judge.tasks.own(taskViews.mine);
    expect(mine.tasks.map((task) => task.title).toSorted()).toEqual(['Arrest', 'Warrant']);
    await ours.root.sync();
    const awaiting = await lead.tasks.own(taskViews.awaiting);
    expect(new Set(awaiting.tasks.map((task) => task.taskId))).toEqual(new Set([first.taskId, second.taskId]));
  });

  it('a change that the server refused does not come into force later, once nothing is in its way', async () => {
    const own = assigneeOf('prosecutor-xa');
    const first = await lead.tasks.propose(ours, id, { title: 'Search warrant', assignee: own });
    const warrant = (action: ChangeDraft['action'], said: Partial<ChangeDraft> = {}) =>
      lead.tasks.change(ours, id, { taskId: first.taskId, action, ...said });
    const dependencies = [first.taskId];
    const assignee = assigneeOf('judge-xb');
    const { taskId } = await lead.tasks.propose(ours, id, { title: 'Search', assignee, dependencies });
    await theirs.root.sync();
    for (const action of [accept, start]) await judge.tasks.change(theirs, id, { taskId, action });
    await ours.root.sync();
    for (const action of [accept, start, finish]) await warrant(action);
    await theirs.root.sync();
    // For the judge's device the warrant is there; the server alone knows that it was sent back.
    await warrant(sendBack, { text: 'the address is wrong' });
    const early = judge.tasks.change(theirs, id, { taskId, action: finish });
    expect((await refusalOf(early)).code).toBe('task/open-dependency');
    expect(judge.tasks.find(theirs.root, first.taskId).state).toBe(taskStates.done);
    await warrant(finish);
    await judge.messages.post(theirs, id, { text: 'The warrant is there; we begin at six.' });
    expect((await seen(taskId)).state).toBe(taskStates.inProgress);
    expect((await judge.tasks.change(theirs, id, { taskId, action: finish })).state).toBe(taskStates.done);
  });

  it('a change comes live', async () => {
    await theirs.root.sync();
    const stop = new AbortController();
    const events = follow(judge.gateway, theirs.root, { signal: stop.signal });
    const next = events.next();
    const { taskId } = await lead.tasks.propose(ours, id, { title: 'Live', assignee: assigneeOf('judge-xb') });
    const { value } = await next;
    expect(value?.kind === 'item' && value.item.signed.header.objectId).toBe(taskId);
    expect(judge.tasks.find(theirs.root, taskId).title).toBe('Live');
    await lead.tasks.change(ours, id, { taskId, action: comment, text: 'seen?' });
    await events.next();
    expect(judge.tasks.find(theirs.root, taskId).version).toBe(2);
    stop.abort();
  });

  it('whoever is removed changes nothing and is shown nothing', async () => {
    const { taskId } = await lead.tasks.propose(ours, id, { title: 'After', assignee: assigneeOf('judge-xb') });
    await theirs.root.sync();
    await lead.cases.remove(ours, world.keysOf('judge-xb').personId);
    const error = await refusalOf(judge.tasks.change(theirs, id, { taskId, action: accept }));
    expect(error.family).toBe('refused');
    expect(await judge.tasks.own(taskViews.mine)).toEqual({ tasks: [], unopened: [], next: undefined });
    expect((await refusalOf(judge.tasks.compare(theirs.root))).code).toBe('access/refused');
    expect(lead.tasks.find(ours.root, taskId).version).toBe(1);
  });
});
