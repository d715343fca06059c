import type {
  AlertReference,
  OperationKindName,
  OperationPlan,
  PlanInstrument,
  PlanLeg,
  PlanStep,
  StepKind,
} from '@rogatory/protocol';
import { stepKinds } from '@rogatory/protocol';
import { substanceListVersion } from './board-substances.js';

/** A step that a template gives to each party, to each leg's state, or to the state of each alert. */
interface TemplateStep {
  readonly phase: number;
  readonly each: 'party' | 'leg' | 'alert';
  readonly kind?: StepKind;
  /** From the start of the operation, or of the leg. */
  readonly minutes: number;
  readonly title: string;
}

/** Phases and steps of a kind of operation, to begin a plan with; everything in them may be changed. */
export interface OperationTemplate {
  readonly phases: readonly string[];
  readonly steps: readonly TemplateStep[];
}

const hold: TemplateStep = {
  ...{ phase: 1, each: 'alert', kind: stepKinds.hold, minutes: -120 },
  title: 'Alert is made unavailable (Reg. (EU) 2018/1862 article 26(4))',
};
const restore: TemplateStep = {
  ...{ phase: 3, each: 'alert', kind: stepKinds.restore, minutes: 240 },
  title: 'Alert is restored, or has ended',
};

/** By kind (docs/spec/operations.md 2). */
export const operationTemplates: Readonly<Record<OperationKindName, OperationTemplate>> = {
  jointActionDay: {
    phases: ['Preparation', 'Action', 'Follow-up'],
    steps: [
      { phase: 1, each: 'party', minutes: -60, title: 'Orders and warrants are at hand' },
      { phase: 1, each: 'party', minutes: -30, title: 'Teams are in place' },
      hold,
      { phase: 2, each: 'party', minutes: 0, title: 'Entry' },
      { phase: 2, each: 'party', minutes: 120, title: 'Searches are over' },
      { phase: 3, each: 'party', minutes: 360, title: 'Persons arrested are before a judge or released' },
      restore,
    ],
  },
  controlledDelivery: {
    phases: ['Preparation', 'Delivery', 'Intervention'],
    steps: [
      { phase: 1, each: 'party', minutes: -60, title: 'Consent of the competent authority is at hand' },
      hold,
      { phase: 2, each: 'leg', minutes: 0, title: 'Surveillance takes over' },
      { phase: 2, each: 'leg', minutes: 60, title: 'Surveillance hands over, or intervenes' },
      { phase: 3, each: 'party', minutes: 180, title: 'What was seized is secured and weighed' },
      restore,
    ],
  },
  assetTracing: {
    phases: ['Preparation', 'Freezing', 'Follow-up'],
    steps: [
      { phase: 1, each: 'party', minutes: -60, title: 'Freezing orders are recognised' },
      { phase: 2, each: 'party', minutes: 0, title: 'Accounts and assets are frozen' },
      { phase: 3, each: 'party', minutes: 1_440, title: 'Value is reported to the issuing authority' },
    ],
  },
  coordinationMeeting: {
    phases: ['Preparation', 'Meeting', 'Follow-up'],
    steps: [
      { phase: 1, each: 'party', minutes: -1_440, title: 'State of proceedings is sent' },
      { phase: 2, each: 'party', minutes: 0, title: 'Position on jurisdiction and ne bis in idem is stated' },
      { phase: 3, each: 'party', minutes: 10_080, title: 'Minutes are agreed' },
    ],
  },
};

/** What a plan from a template is made for. */
export interface TemplateSubject extends Pick<OperationPlan, 'title' | 'objective'> {
  readonly kind: OperationKindName;
  /** The states that take part. */
  readonly states: readonly string[];
  readonly legs?: readonly PlanLeg[];
  readonly instruments?: readonly PlanInstrument[];
  readonly alerts?: readonly AlertReference[];
}

/** A plan with the phases and steps of its kind, in the order of phases and times; steps are numbered from 1. */
export function planFromTemplate(subject: TemplateSubject): OperationPlan {
  const { title, objective, kind, legs = [], instruments = [] } = subject;
  const alerts = [...(subject.alerts ?? [])].sort((a, b) => (a.alertId < b.alertId ? -1 : 1));
  const { phases, steps } = operationTemplates[kind];
  const made = steps.flatMap((step) => stepsFor(step, { ...subject, legs, alerts }));
  const ordered = made.sort((a, b) => a.phase - b.phase || a.leg - b.leg || a.minutes - b.minutes);
  return {
    ...{ title, objective, listVersion: substanceListVersion, legs, instruments, alerts },
    phases: phases.map((name, i) => ({ id: i + 1, name })),
    steps: ordered.map((step, i) => ({ ...step, id: i + 1 })),
  };
}

function stepsFor(
  { each, phase, kind = stepKinds.action, minutes, title }: TemplateStep,
  { states, legs = [], alerts = [] }: TemplateSubject,
): PlanStep[] {
  const step = { id: 0, phase, leg: 0, kind, minutes, title };
  if (each === 'leg') return legs.map(({ id, state }) => ({ ...step, leg: id, state }));
  if (each === 'alert') return alerts.map(({ alertId, issuingState: state }) => ({ ...step, state, alertId }));
  return states.map((state) => ({ ...step, state }));
}
