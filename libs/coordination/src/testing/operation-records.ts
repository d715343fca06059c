import type { DeviceId, ObjectId, PersonId } from '@rogatory/kernel';
import {
  type BoardEntry,
  type CaseRole,
  caseRoles,
  encodeBoardEntry,
  encodeOperationPlan,
  encodeOperationReason,
  momentAt,
  type OperationFacts,
  operationKinds,
  type OperationPlan,
  type PlanFacts,
  stepKinds,
  type Vote,
} from '@rogatory/protocol';
import type { BoardRecord } from '../board-fold.js';
import { substanceListVersion } from '../board-substances.js';
import type { RecordAuthor } from '../operation-record.js';

export const idOf = <Id extends string>(number: number): Id => number.toString(16).padStart(32, '0') as Id;
export const hashOf = (number: number): Uint8Array => {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, number + 1);
  return bytes;
};

export const operationId = idOf<ObjectId>(0xabcdef);
export const alertId = idOf<ObjectId>(0xa1e7);
export const startMs = Date.UTC(2026, 11, 1, 5);

/** Somebody of a state: representatives are numbered 1 to 9, others above. */
export function author(state: string, number = 1, role: CaseRole = caseRoles.contributor): RecordAuthor {
  return { personId: personOf(state, number), deviceId: idOf<DeviceId>(0x1000 + keyOf(state, number)), state, role };
}

export function personOf(state: string, number = 1): PersonId {
  return idOf<PersonId>(keyOf(state, number));
}

const keyOf = (state: string, number: number): number =>
  0x10000 * state.charCodeAt(0) + 0x100 * state.charCodeAt(1) + number;

export const lead = (state: string, number = 1): RecordAuthor => author(state, number, caseRoles.lead);

export function planFacts(changes: Partial<PlanFacts> = {}): PlanFacts {
  return {
    kind: operationKinds.controlledDelivery,
    start: momentAt('2026-12-01T06:00', 'Europe/Paris'),
    needed: 2,
    parties: ['BE', 'FR', 'NL'].map((state) => ({
      state,
      isRequired: state === 'FR',
      representatives: [personOf(state, 1), personOf(state, 2)],
    })),
    ...changes,
  };
}

export function planContent(changes: Partial<OperationPlan> = {}): OperationPlan {
  const start = momentAt('2026-12-01T06:00', 'Europe/Paris');
  const step = { phase: 1, leg: 0, kind: stepKinds.action, minutes: 0 };
  return {
    title: 'Container from Le Havre',
    objective: 'Follow it to the warehouse',
    listVersion: substanceListVersion,
    phases: [{ id: 1, name: 'Action' }],
    legs: [
      { id: 1, from: 'Le Havre', to: 'Rekkem', state: 'FR', start, abortCondition: 'Sight is lost' },
      { id: 2, from: 'Rekkem', to: 'Antwerp', state: 'BE', start, abortCondition: 'The load is opened' },
    ],
    steps: [
      { ...step, id: 1, state: 'FR', title: 'Teams are in place' },
      { ...step, id: 2, state: 'BE', title: 'Teams are in place', minutes: 30 },
      { ...step, id: 3, state: 'FR', title: 'Alert is withdrawn', kind: stepKinds.hold, alertId },
      { ...step, id: 4, state: 'FR', title: 'Alert is back', kind: stepKinds.restore, alertId },
    ],
    instruments: [
      ...[{ id: 1, type: 1, issuingState: 'FR', executingState: 'BE', readiness: 1, reference: 'EAW 17' } as const],
    ],
    alerts: [
      {
        ...{ alertId, schengenId: 'FR0001', article: 26, issuingState: 'FR', authority: 'SIRENE FR', decision: 'D 1' },
        ...{ reason: 'surrender', actionOnHit: 'arrest', sireneContact: '+33', reviewAtMs: startMs, linked: [] },
        state: 1,
      },
    ],
    ...changes,
  };
}

type Given<Facts> = Facts extends OperationFacts ? Omit<Facts, 'operationId' | 'state'> : never;

/** Writes the records of an operation as a well-behaved log would have them; each can be changed. */
export class RecordBook {
  readonly records: BoardRecord[] = [];
  #version = 0;
  #place = 10;
  #object = 0x50000;

  /** The next record; it is not kept. */
  draft(by: RecordAuthor, facts: Given<OperationFacts>, content?: Uint8Array): BoardRecord {
    const place = this.#place;
    const isCommand = ['plan', 'call', 'suspend', 'resume', 'abort', 'finish', 'freeze'].includes(facts.act);
    const timeMs = startMs + 60_000 * (place - 10);
    return {
      ...{ facts: { ...facts, operationId, state: by.state }, author: by, place, logSize: place },
      ...{ objectId: isCommand ? operationId : idOf<ObjectId>(this.#object), itemHash: hashOf(place) },
      ...{ version: isCommand ? this.#version + 1 : 1, time: { timeMs, offsetMinutes: 60 }, headTimeMs: timeMs },
      ...(content === undefined ? {} : { content }),
    };
  }

  keep(record: BoardRecord): BoardRecord {
    this.records.push(record);
    if (record.objectId === operationId) this.#version = record.version;
    this.#place = record.place + 1;
    this.#object += 1;
    return record;
  }

  add(by: RecordAuthor, facts: Given<OperationFacts>, content = encodeOperationReason('as agreed')): BoardRecord {
    return this.keep(this.draft(by, facts, content));
  }

  plan(by = lead('FR'), facts = planFacts(), content = planContent()): BoardRecord {
    return this.add(by, { act: 'plan', ...facts }, encodeOperationPlan(content));
  }

  call(by = lead('FR'), inMs = 24 * 3_600_000): BoardRecord {
    const plan = this.records.findLast(({ facts }) => facts.act === 'plan');
    const expiresAtMs = this.draft(by, { act: 'finish' }).time.timeMs + inMs;
    return this.add(by, { act: 'call', planHash: plan?.itemHash ?? hashOf(0), expiresAtMs });
  }

  vote(by: RecordAuthor, vote: Vote): BoardRecord {
    const call = this.records.findLast(({ facts }) => facts.act === 'call');
    return this.add(by, { act: 'vote', callHash: call?.itemHash ?? hashOf(0), vote });
  }

  entry(by: RecordAuthor, entry: BoardEntry, isQueued = false): BoardRecord {
    return this.keep(this.entryDraft(by, entry, isQueued));
  }

  entryDraft(by: RecordAuthor, entry: BoardEntry, isQueued = false): BoardRecord {
    const acted = this.draft(by, { act: 'finish' }).time;
    return this.draft(by, { act: 'entry', acted, isQueued }, encodeBoardEntry(entry));
  }

  alert(by: RecordAuthor, act: 'hold' | 'restore', changes: Partial<BoardEntry & { kind: 'alert' }> = {}): BoardRecord {
    const acted = this.draft(by, { act: 'finish' }).time;
    const state = act === 'hold' ? 2 : 1;
    const entry: BoardEntry = { kind: 'alert', alertId, state, authority: 'SIRENE FR', note: '', ...changes };
    return this.add(by, { act, acted, isQueued: false, alertId }, encodeBoardEntry(entry));
  }

  /** Plan, call, and go by France and Belgium. */
  go(): this {
    this.plan();
    this.call();
    this.vote(author('FR'), 1);
    this.vote(author('BE'), 1);
    return this;
  }
}
