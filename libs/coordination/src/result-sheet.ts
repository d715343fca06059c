import { limits, RefusedError, toHex, utf8, VerificationError } from '@rogatory/kernel';
import {
  alertStates,
  type CanonicalValue,
  type Decimal,
  decimalText,
  decimalUnits,
  encodeCanonicalJson,
  type EntryBody,
  eventTypes,
  instrumentTypes,
  type LogHead,
  nameOf,
  operationKinds,
  type OperationPlan,
  readinesses,
  type SignedTime,
  stepMarks,
  units,
  votes,
} from '@rogatory/protocol';
import { hash } from '@rogatory/crypto/verify';
import { substanceOf } from './board-substances.js';
import type { Board, StandingEntry } from './board-view.js';

/** The format line of a result sheet. */
export const resultSheetFormat = 'rogatory result sheet 1';

/** Where the operation is, and the content log up to its freeze. */
export interface SheetPlace {
  readonly caseId: string;
  readonly compartmentId: string;
  readonly head: LogHead;
}

/**
 * The result sheet of a board, as the bytes whose hash states endorse: canonical JSON (docs/spec/operations.md 8). `board`
 * MUST be that of all records before the freeze.
 * @throws RefusedError `result/not-ended` before the end, `result/no-plan` where no plan can be read, `result/too-large`.
 */
export function resultSheetOf(board: Board, place: SheetPlace): Uint8Array {
  const { status, plan } = board;
  if (status.end === undefined) throw new RefusedError('result/not-ended', 'the operation has not ended');
  const isNewer = board.setAside.some(({ code }) => code === 'board/list-unknown');
  if (plan === undefined || isNewer) throw new RefusedError('result/no-plan', 'no plan can be read');
  const bytes = utf8(encodeCanonicalJson({ ...frameOf(board, place), ...partsOf(board, plan) }));
  if (bytes.length > limits.maxSheetBytes) throw new RefusedError('result/too-large', 'the sheet is too large');
  return bytes;
}

/** SPEC: operations 8 — `H("rogatory/result-sheet/v1", bytes of the sheet)`. */
export function resultSheetHash(bytes: Uint8Array): Uint8Array {
  if (bytes.length > limits.maxSheetBytes)
    throw new VerificationError('result/edited', 'not a sheet of this operation');
  return hash('rogatory/result-sheet/v1', bytes);
}

function frameOf({ status }: Board, place: SheetPlace): Readonly<Record<string, CanonicalValue>> {
  const { plan, end, decision } = status;
  return {
    format: resultSheetFormat,
    caseId: place.caseId,
    compartmentId: place.compartmentId,
    operationId: status.operationId,
    head: { size: place.head.size, root: toHex(place.head.root) },
    kind: nameOf(operationKinds, plan.kind),
    start: { ...timeOf(plan.start.time), zone: plan.start.zone },
    outcome: end?.outcome ?? '',
    planHash: toHex(status.planHash),
    needed: plan.needed,
    parties: plan.parties.map(({ state, isRequired, representatives }) => ({ state, isRequired, representatives })),
    decision:
      decision === undefined
        ? {}
        : {
            outcome: decision.outcome,
            place: decision.place,
            votes: [...decision.call.votes]
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([state, { vote, personId, place: at }]) => ({
                ...{ state, person: personId, place: at, vote: nameOf(votes, vote) },
              })),
          },
  };
}

function partsOf(board: Board, plan: OperationPlan): Readonly<Record<string, CanonicalValue>> {
  return {
    title: plan.title,
    listVersion: plan.listVersion,
    steps: board.steps.map(({ step, mark, by, contradictions, duplicates }) => ({
      ...{ id: step.id, state: step.state, title: step.title, mark: mark === undefined ? '' : nameOf(stepMarks, mark) },
      ...(by === undefined ? {} : { place: by.place }),
      ...{ duplicates: duplicates.length, contradictions: contradictions.length },
    })),
    instruments: board.instruments.map(({ instrument, readiness }) => ({
      ...{ id: instrument.id, type: nameOf(instrumentTypes, instrument.type), reference: instrument.reference },
      ...{ issuingState: instrument.issuingState, executingState: instrument.executingState },
      readiness: nameOf(readinesses, readiness),
    })),
    alerts: board.alerts.map(({ alert, state, changes }) => ({
      ...{ alertId: alert.alertId, schengenId: alert.schengenId, article: alert.article },
      ...{ issuingState: alert.issuingState, state: nameOf(alertStates, state) },
      changes: changes.map(({ head, state: to, authority }) => ({
        ...{ place: head.place, by: head.author.state, acted: timeOf(head.acted), authority },
        state: nameOf(alertStates, to),
      })),
    })),
    entries: board.entries.map(entryOf),
    tallies: { ...talliesIn(board) },
    setAside: board.setAside.map(({ head, act, code }) => ({
      ...{ place: head.place, hash: toHex(head.itemHash), state: head.author.state, act, code },
    })),
  };
}

function entryOf({ head, body, note, corrections }: StandingEntry): CanonicalValue {
  return {
    ...{ place: head.place, hash: toHex(head.itemHash), state: head.author.state, person: head.author.personId },
    ...{ acted: timeOf(head.acted), isLate: head.isLate, note, body: body === undefined ? {} : bodyOf(body) },
    corrections: corrections.map(({ place, itemHash }) => ({ place, hash: toHex(itemHash) })),
  };
}

function bodyOf(body: EntryBody): CanonicalValue {
  switch (body.kind) {
    case 'note':
      return { kind: body.kind };
    case 'step':
      return { kind: body.kind, step: body.stepId, mark: nameOf(stepMarks, body.mark) };
    case 'instrument':
      return { kind: body.kind, instrument: body.instrumentId, readiness: nameOf(readinesses, body.readiness) };
    default:
      return eventOf(body);
  }
}

function eventOf({ kind, type, leg, count, haul, worth }: EntryBody & { readonly kind: 'event' }): CanonicalValue {
  return {
    ...{ kind, type: nameOf(eventTypes, type), leg, count },
    ...(haul === undefined
      ? {}
      : {
          haul: {
            ...{ code: haul.code, substance: substanceOf(haul.code)?.name ?? '', other: haul.other },
            ...{ quantity: textOf(haul.quantity), unit: nameOf(units, haul.unit) },
          },
        }),
    ...(worth === undefined ? {} : { worth: { value: textOf(worth.value), currency: worth.currency } }),
  };
}

function talliesIn({ tallies }: Board): Readonly<Record<string, CanonicalValue>> {
  const tally = ({ counts, substances, values }: Board['tallies']['total']) => ({
    counts: { ...counts },
    substances: substances.map((sum) => ({ ...sum })),
    values: values.map((sum) => ({ ...sum })),
  });
  return {
    total: tally(tallies.total),
    states: tallies.states.map((each) => ({ state: each.state, ...tally(each) })),
  };
}

function textOf(decimal: Decimal): string {
  return decimalText(decimalUnits(decimal, decimal.scale), decimal.scale);
}

function timeOf({ timeMs, offsetMinutes }: SignedTime): { readonly timeMs: number; readonly offsetMinutes: number } {
  return { timeMs, offsetMinutes };
}
