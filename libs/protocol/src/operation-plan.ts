import { CodecError, idBytes, idFromBytes, limits, type ObjectId } from '@rogatory/kernel';
import { ByteReader, ByteWriter, valuesOf } from './codec.js';
import { type Moment, readMoment, writeMoment } from './moment.js';
import { isAscending, readState, writeState } from './operation-facts.js';

export const stepKinds = { action: 1, hold: 2, restore: 3 } as const;
export type StepKind = (typeof stepKinds)[keyof typeof stepKinds];

export const instrumentTypes = {
  europeanArrestWarrant: 1,
  europeanInvestigationOrder: 2,
  freezingOrder: 3,
  confiscationOrder: 4,
  sisAlert: 5,
  other: 6,
} as const;
export type InstrumentType = (typeof instrumentTypes)[keyof typeof instrumentTypes];

export const readinesses = { needed: 1, requested: 2, issued: 3, recognised: 4, ready: 5, refused: 6 } as const;
export type Readiness = (typeof readinesses)[keyof typeof readinesses];

/** Reg. (EU) 2018/1862: persons for arrest 26, missing 32, judicial procedure 34, checks 36, objects 38, unknown 40. */
export const alertArticles = [26, 32, 34, 36, 38, 40] as const;
export type AlertArticle = (typeof alertArticles)[number];

export const alertStates = { active: 1, temporarilyUnavailable: 2, flagged: 3, hit: 4, deleted: 5 } as const;
export type AlertState = (typeof alertStates)[keyof typeof alertStates];

export interface PlanPhase {
  readonly id: number;
  readonly name: string;
}

/** One leg of a route; the responsible state directs it (Directive 2014/41/EU article 28(4)). */
export interface PlanLeg {
  readonly id: number;
  readonly from: string;
  readonly to: string;
  readonly state: string;
  readonly start: Moment;
  readonly abortCondition: string;
}

export interface PlanStep {
  readonly id: number;
  readonly phase: number;
  /** 0: of no leg. */
  readonly leg: number;
  readonly state: string;
  readonly kind: StepKind;
  /** Of hold and restore. */
  readonly alertId?: ObjectId;
  /** From the start of the leg, or of the operation. */
  readonly minutes: number;
  readonly title: string;
}

export interface PlanInstrument {
  readonly id: number;
  readonly type: InstrumentType;
  readonly issuingState: string;
  readonly executingState: string;
  readonly readiness: Readiness;
  readonly reference: string;
}

/** A reference to an alert in SIS: what identifies it and what to do, never its data on the person. */
export interface AlertReference {
  readonly alertId: ObjectId;
  readonly schengenId: string;
  readonly article: AlertArticle;
  readonly issuingState: string;
  readonly authority: string;
  readonly decision: string;
  readonly reason: string;
  readonly actionOnHit: string;
  readonly sireneContact: string;
  readonly reviewAtMs: number;
  readonly linked: readonly string[];
  readonly state: AlertState;
}

/** The sealed content of a plan (docs/spec/operations.md 5.1). */
export interface OperationPlan {
  readonly title: string;
  readonly objective: string;
  /** Of the list of substances by which entries are judged. */
  readonly listVersion: number;
  readonly phases: readonly PlanPhase[];
  readonly legs: readonly PlanLeg[];
  readonly steps: readonly PlanStep[];
  readonly instruments: readonly PlanInstrument[];
  readonly alerts: readonly AlertReference[];
}

const SHORT_TEXT = 400;
const TITLE = 800;
const NO_ID = '0'.repeat(32);

export function encodeOperationPlan(plan: OperationPlan): Uint8Array {
  const writer = new ByteWriter().text16(plan.title).text16(plan.objective).u16(plan.listVersion);
  writer.u8(plan.phases.length);
  for (const { id, name } of plan.phases) writer.u8(id).text16(name);
  writer.u8(plan.legs.length);
  for (const leg of plan.legs) writeLeg(writer, leg);
  writer.u16(plan.steps.length);
  for (const step of plan.steps) writeStep(writer, step);
  writer.u16(plan.instruments.length);
  for (const instrument of plan.instruments) writeInstrument(writer, instrument);
  writer.u8(plan.alerts.length);
  for (const alert of plan.alerts) writeAlert(writer, alert);
  return writer.finish();
}

/** @throws CodecError for anything that is not the one encoding of a plan. */
export function decodeOperationPlan(bytes: Uint8Array): OperationPlan {
  const reader = new ByteReader(bytes, limits.maxItemBytes);
  const plan: OperationPlan = {
    title: reader.text16(TITLE),
    objective: reader.text16(4 * limits.maxJustificationCharacters),
    listVersion: reader.u16(),
    phases: listOf(reader.u8(), limits.maxPlanPhases, () => ({ id: reader.u8(), name: reader.text16(SHORT_TEXT) })),
    legs: listOf(reader.u8(), limits.maxPlanLegs, () => readLeg(reader)),
    steps: listOf(reader.u16(), limits.maxPlanSteps, () => readStep(reader)),
    instruments: listOf(reader.u16(), limits.maxPlanInstruments, () => readInstrument(reader)),
    alerts: listOf(reader.u8(), limits.maxPlanAlerts, () => readAlert(reader)),
  };
  reader.end();
  for (const list of [plan.phases, plan.legs, plan.steps, plan.instruments]) checkIds(list.map(({ id }) => id));
  if (!isAscending(plan.alerts.map(({ alertId }) => alertId))) throw outOfOrder();
  return plan;
}

function writeLeg(writer: ByteWriter, leg: PlanLeg): void {
  writer.u8(leg.id).text16(leg.from).text16(leg.to);
  writeState(writer, leg.state);
  writeMoment(writer, leg.start);
  writer.text16(leg.abortCondition);
}

function readLeg(reader: ByteReader): PlanLeg {
  return {
    id: reader.u8(),
    from: reader.text16(SHORT_TEXT),
    to: reader.text16(SHORT_TEXT),
    state: readState(reader),
    start: readMoment(reader),
    abortCondition: reader.text16(limits.maxJustificationCharacters),
  };
}

function writeStep(writer: ByteWriter, step: PlanStep): void {
  writer.u16(step.id).u8(step.phase).u8(step.leg);
  writeState(writer, step.state);
  writer.u8(step.kind).fixed(idBytes(step.alertId ?? NO_ID), 16);
  writer.i16(step.minutes).text16(step.title);
}

function readStep(reader: ByteReader): PlanStep {
  const place = { id: reader.u16(), phase: reader.u8(), leg: reader.u8(), state: readState(reader) };
  const kind = reader.oneOf(reader.u8(), valuesOf(stepKinds));
  const alertId = reader.hex(16);
  return {
    ...{ ...place, kind },
    ...(alertId === NO_ID ? {} : { alertId: alertId as ObjectId }),
    ...{ minutes: reader.i16(), title: reader.text16(SHORT_TEXT) },
  };
}

function writeInstrument(writer: ByteWriter, instrument: PlanInstrument): void {
  writer.u16(instrument.id).u8(instrument.type);
  writeState(writer, instrument.issuingState);
  writeState(writer, instrument.executingState);
  writer.u8(instrument.readiness).text16(instrument.reference);
}

function readInstrument(reader: ByteReader): PlanInstrument {
  return {
    id: reader.u16(),
    type: reader.oneOf(reader.u8(), valuesOf(instrumentTypes)),
    issuingState: readState(reader),
    executingState: readState(reader),
    readiness: reader.oneOf(reader.u8(), valuesOf(readinesses)),
    reference: reader.text16(SHORT_TEXT),
  };
}

function writeAlert(writer: ByteWriter, alert: AlertReference): void {
  writer.fixed(idBytes(alert.alertId), 16).text16(alert.schengenId).u8(alert.article);
  writeState(writer, alert.issuingState);
  writer.text16(alert.authority).text16(alert.decision).text16(alert.reason).text16(alert.actionOnHit);
  writer.text16(alert.sireneContact).time(alert.reviewAtMs).u8(alert.linked.length);
  for (const linked of alert.linked) writer.text16(linked);
  writer.u8(alert.state);
}

function readAlert(reader: ByteReader): AlertReference {
  return {
    alertId: idFromBytes<ObjectId>(reader.fixed(16)),
    schengenId: reader.text16(64),
    article: reader.oneOf(reader.u8(), alertArticles),
    issuingState: readState(reader),
    authority: reader.text16(SHORT_TEXT),
    decision: reader.text16(SHORT_TEXT),
    reason: reader.text16(TITLE),
    actionOnHit: reader.text16(TITLE),
    sireneContact: reader.text16(SHORT_TEXT),
    reviewAtMs: reader.time(),
    linked: listOf(reader.u8(), limits.maxLinkedAlerts, () => reader.text16(64)),
    state: reader.oneOf(reader.u8(), valuesOf(alertStates)),
  };
}

function listOf<Element>(length: number, most: number, read: () => Element): Element[] {
  if (length > most) throw new CodecError('codec/range', 'a list longer than it may be');
  return Array.from({ length }, read);
}

function checkIds(ids: readonly number[]): void {
  if (ids[0] === 0 || !isAscending(ids)) throw outOfOrder();
}

function outOfOrder(): CodecError<'codec/order'> {
  return new CodecError('codec/order', 'out of order or repeated');
}
