import type { ObjectId } from '@rogatory/kernel';
import { equalBytes } from '@rogatory/kernel';
import {
  type AlertReference,
  alertStates,
  type BoardEntry,
  type EntryBody,
  type Haul,
  type OperationPlan,
  type PlanFacts,
  stepKinds,
  stepMarks,
} from '@rogatory/protocol';
import { otherSubstance, substanceListVersion, substanceOf, unitMeasures } from './board-substances.js';
import type { BoardCode, EntryHead } from './board-view.js';
import type { OperationRecord } from './operation-record.js';
import type { OperationStatus } from './operation-status.js';

/** What an entry is judged by: the plan that can be read, the status before the record, and what was entered before it. */
export interface JudgedBy {
  readonly plan: OperationPlan | undefined;
  readonly status: OperationStatus;
  /** Whether there ever was a go. */
  readonly hasRun: boolean;
  readonly entry: (objectId: ObjectId) => { readonly head: EntryHead; readonly kind: EntryBody['kind'] } | undefined;
}

/** Why an entry, hold or restore is set aside, or undefined. SPEC: operations 6. */
export function judgeEntry(entry: BoardEntry, record: OperationRecord, by: JudgedBy): BoardCode | undefined {
  const { facts, author } = record;
  if (facts.act !== 'entry' && facts.act !== 'hold' && facts.act !== 'restore') return 'board/mismatch';
  if (facts.act !== 'entry') return judgeAlert(entry, facts, by);
  const isParty = by.status.plan.parties.some(({ state }) => state === author.state);
  if (!isParty && entry.kind !== 'note' && entry.kind !== 'correction') return 'board/not-party';
  if (entry.kind === 'alert') return judgeAlert(entry, facts, by);
  if (entry.kind === 'correction') return judgeCorrection(entry, author.state, by);
  return judgeBody(entry, { state: author.state, actedMs: facts.acted.timeMs }, by);
}

interface Claim {
  readonly state: string;
  readonly actedMs: number;
}

function judgeBody(body: EntryBody, claim: Claim, by: JudgedBy): BoardCode | undefined {
  switch (body.kind) {
    case 'note':
      return undefined;
    case 'step':
      return judgeStep(body, claim, by);
    case 'instrument': {
      const instrument = by.plan?.instruments.find(({ id }) => id === body.instrumentId);
      if (instrument === undefined) return 'board/unknown-instrument';
      const isTheirs = instrument.issuingState === claim.state || instrument.executingState === claim.state;
      return isTheirs ? undefined : 'board/other-state';
    }
    default:
      return judgeEvent(body, claim, by);
  }
}

function judgeStep(
  { stepId, mark }: EntryBody & { readonly kind: 'step' },
  claim: Claim,
  by: JudgedBy,
): BoardCode | undefined {
  const step = by.plan?.steps.find(({ id }) => id === stepId);
  if (step === undefined) return 'board/unknown-step';
  if (step.state !== claim.state) return 'board/other-state';
  if (step.kind !== stepKinds.action && mark === stepMarks.done) return 'board/mismatch';
  return step.kind !== stepKinds.restore && isAfterEnd(claim, by) ? 'board/ended' : undefined;
}

function judgeEvent(event: EntryBody & { readonly kind: 'event' }, claim: Claim, by: JudgedBy): BoardCode | undefined {
  if (!by.hasRun) return 'board/not-running';
  if (isAfterEnd(claim, by)) return 'board/ended';
  const leg = by.plan?.legs.find(({ id }) => id === event.leg);
  if (event.leg !== 0 && leg === undefined) return 'board/unknown-leg';
  if (leg !== undefined && leg.state !== claim.state) return 'board/other-state';
  return event.haul === undefined ? undefined : judgeHaul(event.haul);
}

function judgeHaul({ code, other, unit }: Haul): BoardCode | undefined {
  const substance = substanceOf(code);
  if (substance === undefined || (code === otherSubstance) !== (other !== '')) return 'board/unknown-substance';
  return substance.dimensions.includes(unitMeasures[unit].dimension) ? undefined : 'board/unit';
}

function isAfterEnd({ actedMs }: Claim, { status: { end } }: JudgedBy): boolean {
  return end !== undefined && actedMs > end.timeMs;
}

const endsOfHold: readonly number[] = [alertStates.active, alertStates.flagged, alertStates.hit, alertStates.deleted];
const reports: readonly number[] = [alertStates.flagged, alertStates.hit, alertStates.deleted];
const statesBy = {
  entry: reports,
  hold: [alertStates.temporarilyUnavailable] as readonly number[],
  restore: endsOfHold,
};

function judgeAlert(
  entry: BoardEntry,
  facts: OperationRecord['facts'] & { readonly act: 'entry' | 'hold' | 'restore' },
  by: JudgedBy,
): BoardCode | undefined {
  const isThat = entry.kind === 'alert' && (facts.act === 'entry' || entry.alertId === facts.alertId);
  if (!isThat || !statesBy[facts.act].includes(entry.state)) return 'board/mismatch';
  const alert: AlertReference | undefined = by.plan?.alerts.find(({ alertId }) => alertId === entry.alertId);
  if (alert === undefined) return 'board/unknown-alert';
  const isTheirs = alert.issuingState === facts.state || by.status.held.get(entry.alertId) === facts.state;
  return isTheirs ? undefined : 'board/other-state';
}

function judgeCorrection(
  correction: BoardEntry & { readonly kind: 'correction' },
  state: string,
  by: JudgedBy,
): BoardCode | undefined {
  const found = by.entry(correction.entryId);
  if (found === undefined || !equalBytes(found.head.itemHash, correction.entryHash)) return 'board/correction';
  if (found.head.author.state !== state) return 'board/other-state';
  if (correction.given === undefined) return undefined;
  if (correction.given.kind !== found.kind) return 'board/correction';
  return judgeBody(correction.given, { state, actedMs: found.head.acted.timeMs }, by);
}

/** Steps, legs, phases and alerts that a plan names are its own, and its states are parties. SPEC: operations 5.1. */
export function judgePlan(plan: OperationPlan, facts: PlanFacts): BoardCode | undefined {
  if (plan.listVersion !== substanceListVersion) return 'board/list-unknown';
  const states = new Set(facts.parties.map(({ state }) => state));
  const phases = new Set(plan.phases.map(({ id }) => id));
  const legs = new Set([0, ...plan.legs.map(({ id }) => id)]);
  const alerts = new Set(plan.alerts.map(({ alertId }) => alertId));
  const areStepsWhole = plan.steps.every(({ phase, leg, state, kind, alertId }) => {
    const isOfPlan = phases.has(phase) && legs.has(leg) && states.has(state);
    return (
      isOfPlan && (kind === stepKinds.action ? alertId === undefined : alertId !== undefined && alerts.has(alertId))
    );
  });
  return areStepsWhole && plan.legs.every(({ state }) => states.has(state)) ? undefined : 'board/plan';
}

/** Whether a plan keeps what entries named: steps with their states, instruments, alerts, legs with their states. */
export function keepsNamed(before: OperationPlan, after: OperationPlan, named: readonly BoardEntry[]): boolean {
  const stepStates = new Map(after.steps.map(({ id, state }) => [id, state]));
  const legStates = new Map(after.legs.map(({ id, state }) => [id, state]));
  return named.every((entry) => {
    const body = entry.kind === 'correction' ? entry.given : entry;
    if (body === undefined) return true;
    if (body.kind === 'step') {
      return before.steps.find(({ id }) => id === body.stepId)?.state === stepStates.get(body.stepId);
    }
    if (body.kind === 'event') {
      return body.leg === 0 || before.legs.find(({ id }) => id === body.leg)?.state === legStates.get(body.leg);
    }
    if (body.kind === 'instrument') return after.instruments.some(({ id }) => id === body.instrumentId);
    return body.kind !== 'alert' || after.alerts.some(({ alertId }) => alertId === body.alertId);
  });
}
