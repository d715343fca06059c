import type { ObjectId } from '@rogatory/kernel';
import { alertStates, type OperationPlan, type StepMark, stepMarks } from '@rogatory/protocol';
import type { BoardAlert, BoardInstrument, BoardStep, EntryHead, StandingEntry, StateProgress } from './board-view.js';
import type { OperationStatus } from './operation-status.js';

/** A mark of a step, by an entry that stands or by a hold or restore. */
export interface PlacedMark {
  readonly head: EntryHead;
  readonly stepId: number;
  readonly mark: StepMark;
}

export type AlertChange = BoardAlert['changes'][number];

/** SPEC: operations 6 — the first mark of the highest rank stands; what comes after it is a duplicate, history, or contradicts. */
export function stepsOf(
  plan: OperationPlan,
  entries: Iterable<StandingEntry>,
  marks: readonly PlacedMark[],
): BoardStep[] {
  const byStep = new Map<number, PlacedMark[]>();
  for (const mark of [...marksOf(entries), ...marks].sort((a, b) => a.head.place - b.head.place)) {
    const known = byStep.get(mark.stepId);
    if (known === undefined) byStep.set(mark.stepId, [mark]);
    else known.push(mark);
  }
  return plan.steps.map((step) => {
    const all = byStep.get(step.id) ?? [];
    const first = all.find(({ mark }) => mark !== stepMarks.begun) ?? all[0];
    if (first === undefined) return { step, duplicates: [], contradictions: [] };
    const others = all.filter((each) => each !== first);
    const isFinal = first.mark !== stepMarks.begun;
    const differs = ({ mark }: PlacedMark) => isFinal && mark !== stepMarks.begun && mark !== first.mark;
    return {
      ...{ step, mark: first.mark, by: first.head },
      duplicates: others.filter(({ mark }) => mark === first.mark).map(({ head }) => head),
      contradictions: others.filter(differs).map(({ head }) => head),
    };
  });
}

function* marksOf(entries: Iterable<StandingEntry>): Generator<PlacedMark> {
  for (const { head, body } of entries) {
    if (body?.kind === 'step') yield { head, stepId: body.stepId, mark: body.mark };
  }
}

/** How far each party is, in the order of the parties. */
export function progressOf({ plan }: OperationStatus, steps: readonly BoardStep[]): StateProgress[] {
  return plan.parties.map(({ state }) => {
    const own = steps.filter(({ step }) => step.state === state);
    const marked = (mark: StepMark) => own.filter((each) => each.mark === mark).length;
    return {
      ...{ state, steps: own.length, done: marked(stepMarks.done), begun: marked(stepMarks.begun) },
      ...{ failed: marked(stepMarks.failed), notNeeded: marked(stepMarks.notNeeded) },
    };
  });
}

/** Each instrument with the readiness that was reported last. */
export function instrumentsOf(plan: OperationPlan, entries: Iterable<StandingEntry>): BoardInstrument[] {
  const newest = new Map<number, Pick<BoardInstrument, 'readiness'> & { readonly by: EntryHead }>();
  for (const { head, body } of entries) {
    if (body?.kind === 'instrument') newest.set(body.instrumentId, { readiness: body.readiness, by: head });
  }
  return plan.instruments.map((instrument) => ({
    ...{ instrument, readiness: instrument.readiness },
    ...newest.get(instrument.id),
  }));
}

/** Each alert with its newest state; on hold is what the facts say is on hold. */
export function alertsOf(
  plan: OperationPlan,
  { held }: OperationStatus,
  changes: ReadonlyMap<ObjectId, readonly AlertChange[]>,
): BoardAlert[] {
  return plan.alerts.map((alert) => {
    const own = changes.get(alert.alertId) ?? [];
    const heldBy = held.get(alert.alertId);
    const reported = own.at(-1)?.state ?? alert.state;
    const state = heldBy === undefined ? reported : alertStates.temporarilyUnavailable;
    return { alert, state, ...(heldBy === undefined ? {} : { heldBy }), changes: own };
  });
}
