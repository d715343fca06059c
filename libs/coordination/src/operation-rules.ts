import { equalBytes, limits } from '@rogatory/kernel';
import { caseRoles, type OperationActName, type OperationFacts, type PlanFacts } from '@rogatory/protocol';
import { demand, refuse } from './operation.errors.js';
import { withoutCall, withoutExpiredCall, withVote } from './operation-quorum.js';
import type { OperationRecord, RecordAuthor } from './operation-record.js';
import type { OperationStage, OperationStatus } from './operation-status.js';

/** In what capacity an author acts. */
export type Capacity = 'coordinator' | 'coordinator of a party' | 'representative' | 'party member';

export interface OperationRule {
  readonly by: readonly Capacity[];
  readonly in: readonly (OperationStage | 'none')[];
}

/** SPEC: operations 3 — what is not in this table is refused. */
export const operationRules: Readonly<Record<OperationActName, OperationRule>> = {
  plan: { by: ['coordinator'], in: ['none', 'planned', 'pending', 'running', 'suspended'] },
  call: { by: ['coordinator'], in: ['planned'] },
  vote: { by: ['representative'], in: ['pending'] },
  suspend: { by: ['representative', 'coordinator of a party'], in: ['running', 'suspended'] },
  resume: { by: ['representative', 'coordinator of a party'], in: ['suspended'] },
  abort: { by: ['representative', 'coordinator'], in: ['planned', 'pending', 'running', 'suspended'] },
  finish: { by: ['coordinator'], in: ['running'] },
  entry: {
    by: ['party member', 'coordinator'],
    in: ['planned', 'pending', 'running', 'suspended', 'aborted', 'finished'],
  },
  hold: { by: ['party member'], in: ['planned', 'pending', 'running', 'suspended'] },
  restore: { by: ['party member'], in: ['planned', 'pending', 'running', 'suspended', 'aborted', 'finished'] },
  freeze: { by: ['coordinator'], in: ['aborted', 'finished'] },
  endorse: { by: ['representative'], in: ['frozen'] },
  debrief: { by: ['party member', 'coordinator'], in: ['frozen'] },
};

const commands: readonly OperationActName[] = ['plan', 'call', 'suspend', 'resume', 'abort', 'finish', 'freeze'];
const bounded: readonly OperationActName[] = ['plan', 'call', 'suspend', 'resume', 'vote', 'entry', 'hold', 'debrief'];

/**
 * The status after a record. Pure, and the same for everybody: it reads facts, authors and the order of the log alone.
 * That an object id is not used twice is for the caller to see to.
 * @throws RefusedError `operation/…` for a record that has no effect.
 */
export function applyOperation(before: OperationStatus | undefined, record: OperationRecord): OperationStatus {
  const { facts, author } = record;
  checkTimes(record);
  demand(facts.state === author.state, 'operation/other-state', { state: author.state });
  checkObject(before, record);
  const logTimeMs = Math.max(before?.logTimeMs ?? 0, record.headTimeMs);
  const now = before === undefined ? undefined : withoutExpiredCall({ ...before, logTimeMs }, record.place);
  if (facts.act === 'vote' && before?.call !== undefined && now?.call === undefined) refuse('operation/expired');
  const rule = operationRules[facts.act];
  const stage = now?.stage ?? 'none';
  demand(rule.in.includes(stage), stage === 'none' ? 'operation/unknown' : 'operation/transition', { stage });
  const capacities = capacitiesOf(author, facts.act === 'plan' && now === undefined ? facts : now?.plan);
  demand(
    rule.by.some((capacity) => capacities.includes(capacity)),
    'operation/not-entitled',
  );
  if (facts.act === 'plan') return planned(now, record, facts);
  return effect(now as OperationStatus, record);
}

function effect(status: OperationStatus, record: OperationRecord): OperationStatus {
  const { facts, place } = record;
  const isCommand = commands.includes(facts.act);
  const next = { ...status, version: isCommand ? record.version : status.version, records: status.records + 1 };
  switch (facts.act) {
    case 'call':
      return called(next, record, facts);
    case 'suspend':
      demand(!status.suspendedBy.has(facts.state), 'operation/twice');
      return { ...next, stage: 'suspended', suspendedBy: new Set([...status.suspendedBy, facts.state]) };
    case 'resume':
      return resumed(next, facts.state);
    case 'abort':
      return ended(withoutCall(next), 'aborted', record);
    case 'finish':
      demandNoneHeld(status);
      return ended(next, 'finished', record);
    case 'freeze':
      demandNoneHeld(status);
      demand(record.logSize === place, 'operation/head', { place });
      return { ...next, stage: 'frozen', freeze: { hash: record.itemHash, place } };
    case 'vote':
      return withVote(next, record, facts);
    case 'hold':
    case 'restore':
      return withAlert(next, facts);
    case 'endorse':
      demand(equalBytes(facts.freezeHash, status.freeze?.hash ?? new Uint8Array()), 'operation/other-freeze');
      demand(!status.endorsed.has(record.author.personId), 'operation/twice');
      return { ...next, endorsed: new Map(status.endorsed).set(record.author.personId, facts.state) };
    default:
      return next;
  }
}

function planned(
  status: OperationStatus | undefined,
  record: OperationRecord,
  facts: OperationFacts & { readonly act: 'plan' },
): OperationStatus {
  const plan = { plan: facts, planHash: record.itemHash, planPlace: record.place, version: record.version };
  if (status === undefined) {
    const base = { operationId: facts.operationId, logTimeMs: record.headTimeMs, records: 1 };
    const nothing = { suspendedBy: new Set<string>(), held: new Map(), endorsed: new Map() };
    return { ...base, ...nothing, ...plan, stage: 'planned' };
  }
  const next = { ...status, ...plan, records: status.records + 1 };
  if (status.stage === 'planned' || status.stage === 'pending') return { ...withoutCall(next), stage: 'planned' };
  demand(isSameQuorum(status.plan, facts), 'operation/parties-fixed');
  return next;
}

/** SPEC: operations 3 — while it runs, kind, needed, parties and their flags stay. */
function isSameQuorum(before: PlanFacts, after: PlanFacts): boolean {
  const shape = ({ kind, needed, parties }: PlanFacts) =>
    `${kind} ${needed} ${parties.map(({ state, isRequired }) => `${state}${isRequired ? '!' : ''}`).join(' ')}`;
  return shape(before) === shape(after);
}

function called(
  status: OperationStatus,
  record: OperationRecord,
  facts: OperationFacts & { readonly act: 'call' },
): OperationStatus {
  demand(equalBytes(facts.planHash, status.planHash), 'operation/other-plan');
  const inMs = facts.expiresAtMs - status.logTimeMs;
  demand(inMs > 0 && inMs <= limits.maxCallMs, 'operation/expiry');
  const call = { hash: record.itemHash, planHash: facts.planHash, place: record.place, votes: new Map() };
  return { ...status, stage: 'pending', call: { ...call, expiresAtMs: facts.expiresAtMs } };
}

function resumed(status: OperationStatus, state: string): OperationStatus {
  demand(status.suspendedBy.has(state), 'operation/not-entitled');
  const suspendedBy = new Set([...status.suspendedBy].filter((each) => each !== state));
  return { ...status, suspendedBy, stage: suspendedBy.size === 0 ? 'running' : 'suspended' };
}

function ended(status: OperationStatus, outcome: 'finished' | 'aborted', record: OperationRecord): OperationStatus {
  return { ...status, stage: outcome, end: { outcome, place: record.place, timeMs: record.time.timeMs } };
}

/** SPEC: operations 3 — an operation MUST NOT be finished or frozen while an alert is on hold. */
function demandNoneHeld(status: OperationStatus): void {
  demand(status.held.size === 0, 'operation/alert-held', { held: status.held.size });
}

function withAlert(
  status: OperationStatus,
  facts: OperationFacts & { readonly act: 'hold' | 'restore' },
): OperationStatus {
  const held = new Map(status.held);
  if (facts.act === 'hold') {
    demand(!held.has(facts.alertId), 'operation/twice');
    demand(held.size < limits.maxHeldAlerts, 'operation/full');
    held.set(facts.alertId, facts.state);
  } else {
    demand(held.get(facts.alertId) === facts.state, 'operation/alert-not-held');
    held.delete(facts.alertId);
  }
  return { ...status, held };
}

const memberRoles: readonly number[] = [caseRoles.lead, caseRoles.contributor, caseRoles.liaison];

/** SPEC: operations 3 — coordinator, representative and party member. */
export function capacitiesOf(author: RecordAuthor, plan: PlanFacts | undefined): Capacity[] {
  if (!memberRoles.includes(author.role)) return [];
  const party = plan?.parties.find(({ state }) => state === author.state);
  const capacities: Capacity[] = [];
  const isCoordinator = author.role !== caseRoles.contributor;
  if (isCoordinator) capacities.push('coordinator');
  if (party === undefined) return capacities;
  if (isCoordinator) capacities.push('coordinator of a party');
  if (party.representatives.includes(author.personId)) capacities.push('representative');
  return [...capacities, 'party member'];
}

/** SPEC: operations 1 — commands are versions of the operation, own records are objects of their own. */
function checkObject(before: OperationStatus | undefined, record: OperationRecord): void {
  const { facts, objectId, version } = record;
  const isCommand = commands.includes(facts.act);
  const isOwn = before === undefined || before.operationId === facts.operationId;
  demand(isOwn && isCommand === (objectId === facts.operationId), 'operation/object');
  const inForce = before?.version ?? 0;
  if (isCommand) demand(version === inForce + 1, 'operation/stale', { version: inForce });
  else demand(version === 1, 'operation/object');
  const isFull = (before?.records ?? 0) >= limits.maxOperationRecords && bounded.includes(facts.act);
  demand(!isFull, 'operation/full');
}

/** SPEC: operations 3.1 — nobody acts before what they have seen, nor reports what is yet to happen. */
function checkTimes({ facts, time, headTimeMs }: OperationRecord): void {
  demand(time.timeMs >= headTimeMs - limits.entryMomentMs, 'operation/back-dated');
  if (facts.act !== 'entry' && facts.act !== 'hold' && facts.act !== 'restore') return;
  const sinceMs = time.timeMs - facts.acted.timeMs;
  demand(sinceMs >= 0, 'operation/ahead');
  demand(facts.isQueued || sinceMs <= limits.entryMomentMs, 'operation/back-dated');
  demand(sinceMs <= limits.maxQueuedEntryMs, 'operation/too-late');
}

/** Whether a record came long after what it reports, or waited in an outbox; `logTimeMs` is that at its place. */
export function isLateRecord({ facts, time }: OperationRecord, logTimeMs: number): boolean {
  const isReport = facts.act === 'entry' || facts.act === 'hold' || facts.act === 'restore';
  const actedMs = isReport ? facts.acted.timeMs : time.timeMs;
  return (isReport && facts.isQueued) || actedMs < logTimeMs - limits.entryMomentMs;
}
