import type { ObjectId } from '@rogatory/kernel';
import type { DutyAnswer, DutyInput } from '../role/duties.js';
import type { Stage } from '../stage.js';
import { check } from '../transcript.js';
import type { CaseFacts, Player } from './cast.js';

/** One person of each state. */
export interface ThreeStates {
  readonly xa: Player;
  readonly xb: Player;
  readonly xc: Player;
}

type StateKey = keyof ThreeStates;
type Told = DutyAnswer<'changeTask'>;
type Change = Omit<DutyInput<'changeTask'>, 'caseId' | 'compartmentId' | 'taskId'>;

interface Job {
  readonly key: string;
  readonly title: string;
  readonly from: StateKey;
  readonly to: StateKey;
  readonly minutes: number;
  readonly after?: readonly string[];
  readonly steps?: readonly string[];
}

/** Behind those they wait for. */
const jobs: readonly Job[] = [
  { key: 'order', title: 'Court order for the controlled delivery', from: 'xc', to: 'xa', minutes: 180 },
  { key: 'tracker', title: 'Tracker on the container', from: 'xc', to: 'xa', minutes: 90, after: ['order'] },
  { key: 'line', title: 'Line to the command post', from: 'xc', to: 'xa', minutes: 30, steps: ['laid', 'tried'] },
  { key: 'silence', title: 'No press before the release', from: 'xc', to: 'xa', minutes: 15 },
  { key: 'accounts', title: 'Freezing of the two accounts', from: 'xa', to: 'xb', minutes: 120 },
  { key: 'search', title: 'Search of the warehouse', from: 'xa', to: 'xb', minutes: 240, after: ['order'] },
  { key: 'hearing', title: 'Hearing room and interpreter', from: 'xa', to: 'xb', minutes: 45 },
  { key: 'team', title: 'Second search team', from: 'xa', to: 'xb', minutes: 60, after: ['search'] },
  { key: 'watch', title: 'Observation of the motorway', from: 'xb', to: 'xc', minutes: 60, after: ['tracker'] },
  { key: 'border', title: 'Handover at the border', from: 'xb', to: 'xc', minutes: 30, after: ['watch'] },
  { key: 'warrant', title: 'Warrant for the driver', from: 'xb', to: 'xc', minutes: 90 },
  { key: 'custody', title: 'Places in custody', from: 'xb', to: 'xc', minutes: 20, after: ['warrant'] },
];
const DAY_MS = 86_400_000;

/** Twelve tasks of three states: each proposed by one, accepted and done by another, verified by the first. */
export async function prepareAction(stage: Stage, facts: CaseFacts, states: ThreeStates): Promise<void> {
  stage.transcript.act('Three states prepare a day of action: twelve tasks, each from one state to another');
  const desk = new TaskDesk(facts, states);
  for (const job of jobs) await desk.propose(job);
  await showPlan(stage, desk);
  await showWork(stage, desk);
  await refuseMisuse(stage, desk);
  await declineAndAssign(stage, desk);
  for (const job of jobs) await desk.carryOut(job);
  const [mine, ...others] = await desk.boards();
  const verified = mine?.filter(({ state }) => state === 'verified').length;
  const isSame = others.every((board) => JSON.stringify(board) === JSON.stringify(mine));
  check(stage.transcript, verified === jobs.length && isSame, 'all twelve are done and verified, on all three boards');
  const events = await desk.history('hearing');
  const isWhole = events.length > 0 && events.every(({ isRefused }) => !isRefused);
  const line = events.map(({ action, by }) => `${action} (${by})`).join(', ');
  check(stage.transcript, isWhole, `the history of a task is signed, change by change: ${line}`);
}

async function showPlan(stage: Stage, desk: TaskDesk): Promise<void> {
  const { titles, minutes } = await desk.plan();
  const keys = ['order', 'search', 'team'].map((key) => titleOf(key));
  const isIt = JSON.stringify(titles) === JSON.stringify(keys) && minutes === 480;
  check(stage.transcript, isIt, `the critical path is ${titles.join(' → ')}: ${minutes} minutes`);
}

async function showWork(stage: Stage, desk: TaskDesk): Promise<void> {
  for (const key of ['xa', 'xb', 'xc'] as const) {
    const own = await desk.own(key);
    const expected = jobs.filter(({ to }) => to === key).length;
    const dues = own.map(({ dueMs }) => dueMs ?? 0);
    const isSorted = dues.every((due, i) => due >= (dues[i - 1] ?? 0)) && new Set(dues).size === expected;
    const claim = `${desk.title(key)} has ${own.length} tasks to answer, what is due first on top: "${own[0]?.title}"`;
    check(stage.transcript, own.length === expected && isSorted, claim);
  }
}

async function refuseMisuse(stage: Stage, desk: TaskDesk): Promise<void> {
  const foreign = await desk.attempt('warrant', 'xb', { action: 'accept' });
  check(stage.transcript, foreign.code === 'task/side', `nobody accepts for another state: refused (${foreign.code})`);
  const circle = await desk.attempt('order', 'xc', { action: 'edit', dependencies: [desk.id('tracker')] });
  check(stage.transcript, circle.code === 'task/cycle', `a circle of dependencies: refused (${circle.code})`);
  await desk.change('tracker', 'xa', { action: 'accept' });
  await desk.change('tracker', 'xa', { action: 'start' });
  const early = await desk.attempt('tracker', 'xa', { action: 'finish' });
  const isHeld = early.code === 'task/open-dependency';
  check(stage.transcript, isHeld, `done before what it waits for: refused (${early.code})`);
  await desk.change('line', 'xa', { action: 'accept' });
  const stale = await desk.attempt('line', 'xc', { action: 'edit', text: 'by radio', seenVersion: 1 });
  check(stage.transcript, stale.code === 'task/stale', `a change of what has changed since: refused (${stale.code})`);
}

async function declineAndAssign(stage: Stage, desk: TaskDesk): Promise<void> {
  const reason = 'no interpreter for Albanian before Thursday';
  const declined = await desk.change('hearing', 'xb', { action: 'decline', text: reason });
  check(stage.transcript, declined.state === 'declined', `declined by XB, with the reason: "${declined.reason}"`);
  const { postId, ...office } = await desk.standing('xc');
  const again = await desk.change('hearing', 'xa', { action: 'assign', assignee: { ...office, postId } });
  const isAsked = again.state === 'proposed' && again.assigneeState === 'XC';
  check(stage.transcript, isAsked, 'assigned to XC, it waits for the acceptance of XC');
}

function titleOf(wanted: string): string {
  return jobs.find(({ key }) => key === wanted)?.title ?? '';
}

/** The tasks of the day, and who of the three states acts on them. */
class TaskDesk {
  readonly #facts: CaseFacts;
  readonly #states: ThreeStates;
  readonly #tasks = new Map<string, Told>();

  constructor(facts: CaseFacts, states: ThreeStates) {
    this.#facts = facts;
    this.#states = states;
  }

  title(state: StateKey): string {
    return this.#states[state].title;
  }

  id(key: string): ObjectId {
    return this.#task(key).taskId;
  }

  standing(state: StateKey) {
    return this.#states[state].role.ask('standing', this.#place);
  }

  async propose({ key, title, from, to, minutes, after = [], steps = [] }: Job): Promise<void> {
    const { state: _, ...office } = await this.standing(to);
    // What is proposed last is due first: a list by due time is not one by chance.
    const days = jobs.length - this.#tasks.size;
    const due = { timeMs: DAY_MS * Math.ceil(Date.now() / DAY_MS + days), zone: 'Europe/Paris' };
    const dependencies = after.map((one) => this.id(one));
    const assignee = { ...office, state: to.toUpperCase() };
    const draft = { ...this.#place, title, assignee, estimateMinutes: minutes, due, dependencies, steps };
    this.#tasks.set(key, await this.#states[from].role.ask('proposeTask', draft));
  }

  async change(key: string, state: StateKey, change: Change): Promise<Told> {
    const wish = { ...this.#place, ...change, taskId: this.id(key) };
    const task = await this.#states[state].role.ask('changeTask', wish);
    this.#tasks.set(key, task);
    return task;
  }

  attempt(key: string, state: StateKey, change: Change) {
    return this.#states[state].role.ask('tryChangeTask', { ...this.#place, ...change, taskId: this.id(key) });
  }

  /** From where it stands to verified. */
  async carryOut({ key, from, steps = [] }: Job): Promise<void> {
    const { state, assigneeState } = this.#task(key);
    const doer = assigneeState.toLowerCase() as StateKey;
    if (state === 'proposed') await this.change(key, doer, { action: 'accept' });
    if (this.#task(key).state === 'accepted') await this.change(key, doer, { action: 'start' });
    if (steps.length > 0) await this.change(key, doer, { action: 'check', ticked: steps.map((_, i) => i + 1) });
    await this.change(key, doer, { action: 'finish' });
    await this.change(key, from, { action: 'verify' });
  }

  plan() {
    return this.#states.xa.role.ask('planTasks', this.#place);
  }

  own(state: StateKey) {
    return this.#states[state].role.ask('ownTasks', { view: 'mine', caseId: this.#facts.caseId });
  }

  boards() {
    return Promise.all(Object.values(this.#states).map(({ role }: Player) => role.ask('listTasks', this.#place)));
  }

  history(key: string) {
    return this.#states.xb.role.ask('taskHistory', { ...this.#place, taskId: this.id(key) });
  }

  get #place() {
    return { caseId: this.#facts.caseId, compartmentId: this.#facts.evidence };
  }

  #task(key: string): Told {
    const task = this.#tasks.get(key);
    if (task === undefined) throw new Error(`there is no task "${key}"`);
    return task;
  }
}
