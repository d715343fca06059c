import { describe, expect, it } from '@jest/globals';
import { decodeOperationPlan, encodeOperationPlan, type OperationKindName, stepKinds } from '@rogatory/protocol';
import { judgePlan } from './board-judgement.js';
import { operationTemplates, planFromTemplate } from './operation-templates.js';
import { alertId, planContent, planFacts } from './testing/operation-records.js';

const kinds = Object.keys(operationTemplates) as OperationKindName[];
const { legs, alerts, instruments } = planContent();
const subject = { title: 'Hafen', objective: '', states: ['BE', 'FR', 'NL'], legs, alerts, instruments };

describe('templates', () => {
  it.each(kinds)('give a whole plan: %s', (kind) => {
    const plan = planFromTemplate({ ...subject, kind });
    expect(judgePlan(plan, planFacts())).toBeUndefined();
    expect(decodeOperationPlan(encodeOperationPlan(plan))).toEqual(plan);
    for (const state of subject.states) expect(plan.steps.some((step) => step.state === state)).toBe(true);
  });

  it('give each leg its own steps and each alert its hold and restore', () => {
    const { steps } = planFromTemplate({ ...subject, kind: 'controlledDelivery' });
    expect(steps.filter(({ leg }) => leg === 2).map(({ state }) => state)).toEqual(['BE', 'BE']);
    const own = steps.filter((step) => step.alertId === alertId);
    expect(own.map(({ kind, state }) => [kind, state])).toEqual([
      [stepKinds.hold, 'FR'],
      [stepKinds.restore, 'FR'],
    ]);
    expect(steps.map(({ id }) => id)).toEqual(steps.map((_, i) => i + 1));
    expect(steps.map(({ phase }) => phase)).toEqual(steps.map(({ phase }) => phase).sort((a, b) => a - b));
  });

  it('do without legs and alerts', () => {
    const plan = planFromTemplate({ title: '', objective: '', states: ['FR'], kind: 'controlledDelivery' });
    expect(plan).toMatchObject({ legs: [], alerts: [], instruments: [] });
    expect(plan.steps.every(({ kind, leg }) => kind === stepKinds.action && leg === 0)).toBe(true);
  });
});
