/** Facts and contents of operations, and endorsements (docs/spec/operations.md). */
import { concatBytes } from '@rogatory/kernel';
import * as p from '@rogatory/protocol';
import { bytesOf, edit, filled, id, key, longId, signAs, time } from './parts.mjs';

const signer = key('member/0');
const start = { time, zone: 'Europe/Paris' };
const base = { operationId: id('41'), state: 'FR' };
const acted = { timeMs: time.timeMs - 60_000, offsetMinutes: -120 };
const parties = [
  { state: 'BE', isRequired: false, representatives: [id('51')] },
  { state: 'FR', isRequired: true, representatives: [id('52'), id('53')] },
];
const planFacts = { act: 'plan', ...base, kind: 2, start, needed: 2, parties };
/** @param {any} facts */
const facts = (facts) => p.encodeOperationFacts(facts);
const planFactsBytes = facts(planFacts);
const entryFacts = facts({ act: 'entry', ...base, acted, isQueued: true });

const step = { phase: 1, leg: 0, state: 'FR', kind: 1, minutes: -30 };
const plan = {
  ...{ title: 'Hafen', objective: 'Seguir o contentor', listVersion: 1 },
  phases: [
    { id: 1, name: 'Vorbereitung' },
    { id: 7, name: '' },
  ],
  legs: [{ id: 1, from: 'Le Havre', to: 'Antwerpen', state: 'BE', start, abortCondition: 'perte de vue' }],
  steps: [
    { ...step, id: 1, title: 'Équipes en place' },
    { ...step, id: 2, title: 'hold', kind: 2, alertId: id('61'), leg: 1, minutes: 32_767 },
  ],
  instruments: [{ id: 9, type: 2, issuingState: 'FR', executingState: 'BE', readiness: 4, reference: 'EIO 2026/4' }],
  alerts: [
    {
      ...{ alertId: id('61'), schengenId: 'FR0000123', article: 26, issuingState: 'FR', authority: 'SIRENE FR' },
      ...{ decision: 'D 1', reason: '', actionOnHit: 'arrest', sireneContact: '+33 1', reviewAtMs: time.timeMs },
      ...{ linked: ['FR0000124'], state: 2 },
    },
  ],
};
/** @param {any} changes */
const planned = (changes = {}) => p.encodeOperationPlan({ ...plan, ...changes });
/** @param {any} entry */
const entry = (entry) => p.encodeBoardEntry({ note: '', ...entry });

const haul = { code: 111, other: '', quantity: { digits: 125, scale: 1 }, unit: 2 };
const worth = { value: { digits: 43_750_001, scale: 4 }, currency: 'EUR' };
const seizure = { kind: 'event', type: 5, leg: 1, count: 1, haul, worth };
const { worth: _, ...worthless } = seizure;
const seizureBytes = entry(seizure);
const stepEntry = entry({ kind: 'step', stepId: 2, mark: 2, note: 'à l’heure' });
const correction = { kind: 'correction', entryId: id('71'), entryHash: bytesOf('entry') };
const correctionBytes = entry({ ...correction, given: worthless, note: 'pesé' });

const endorsement = p.encodeEndorsement({
  ...{ caseId: longId('20'), compartmentId: longId('2f'), operationId: id('41'), state: 'FR', personId: id('52') },
  ...{ deviceId: id('10'), logHead: { size: 18, root: filled(0x34, 32) }, freezeHash: bytesOf('freeze') },
  ...{ sheetHash: bytesOf('sheet'), time },
});
const purposes = p.signaturePurposes;
const signed = signAs(signer, purposes.endorsement, endorsement);

/** @param {string} kind @param {string} name @param {Uint8Array} bytes @param {string} description */
const valid1 = (kind, name, bytes, description = '') => ({ kind, name, description, bytes });

export const valid = [
  valid1('operation-facts', 'plan', planFactsBytes, 'two of two states, one of them required'),
  valid1(
    'operation-facts',
    'call',
    facts({ act: 'call', ...base, planHash: bytesOf('plan'), expiresAtMs: time.timeMs }),
  ),
  ...['suspend', 'resume', 'abort', 'finish', 'freeze', 'debrief'].map((act) =>
    valid1('operation-facts', act, facts({ act, ...base })),
  ),
  valid1('operation-facts', 'vote', facts({ act: 'vote', ...base, callHash: bytesOf('call'), vote: 2 })),
  valid1('operation-facts', 'entry', entryFacts, 'queued'),
  ...['hold', 'restore'].map((act) =>
    valid1('operation-facts', act, facts({ act, ...base, acted, isQueued: false, alertId: id('61') })),
  ),
  valid1('operation-facts', 'endorse', facts({ act: 'endorse', ...base, freezeHash: bytesOf('freeze') })),
  valid1('operation-plan', 'plan', planned()),
  valid1('operation-plan', 'empty', planned({ phases: [], legs: [], steps: [], instruments: [], alerts: [] })),
  valid1('board-entry', 'step', stepEntry),
  valid1('board-entry', 'seizure', seizureBytes, '12.5 kg, worth 4,375.0001'),
  valid1('board-entry', 'arrest', entry({ kind: 'event', type: 1, leg: 0, count: 3 })),
  valid1('board-entry', 'freezing', entry({ kind: 'event', type: 4, leg: 0, count: 1 }), 'of unknown worth'),
  valid1('board-entry', 'instrument', entry({ kind: 'instrument', instrumentId: 9, readiness: 5 })),
  valid1('board-entry', 'alert', entry({ kind: 'alert', alertId: id('61'), state: 2, authority: 'SIRENE FR' })),
  valid1('board-entry', 'note', entry({ kind: 'note', note: 'ruhig' })),
  valid1('board-entry', 'void', entry(correction)),
  valid1('board-entry', 'correction', correctionBytes),
  valid1('operation-reason', 'reason', p.encodeOperationReason('météo')),
  valid1('freeze-content', 'freeze', p.encodeFreezeContent({ sheetHash: bytesOf('sheet'), reason: 'Ende' })),
  { ...valid1('endorsement', 'endorsement', signed), signer: signer.publicKey },
];

/** @param {string} kind @param {string} name @param {string} code @param {Uint8Array} bytes */
const refused = (kind, name, code, bytes) => ({
  ...{ kind, name, family: code.startsWith('codec') ? 'codec' : 'verification', code, bytes },
  ...(kind === 'endorsement' && { signer: signer.publicKey }),
});
const neededAt = 1 + 16 + 2 + 1 + 10 + 2 + start.zone.length;
const flagsAt = neededAt + 2 + 2;
const haulAt = 1 + 1 + 1 + 2;
const scaleAt = haulAt + 2 + 2 + 8;

export const invalid = [
  refused('operation-facts', 'act 14', 'codec/unknown-value', edit(planFactsBytes, 0, 'replace', [14])),
  refused('operation-facts', 'state in small letters', 'codec/text', edit(planFactsBytes, 17, 'replace', [0x66])),
  refused('operation-facts', 'kind 5', 'codec/unknown-value', edit(planFactsBytes, 19, 'replace', [5])),
  refused('operation-facts', 'a zone that is none', 'codec/text', edit(planFactsBytes, 32, 'replace', [0x20])),
  refused('operation-facts', 'nobody needed', 'codec/range', edit(planFactsBytes, neededAt, 'replace', [0])),
  refused(
    'operation-facts',
    'more needed than there are',
    'codec/range',
    edit(planFactsBytes, neededAt, 'replace', [3]),
  ),
  refused(
    'operation-facts',
    'unknown flag of a party',
    'codec/unknown-value',
    edit(planFactsBytes, flagsAt, 'replace', [2]),
  ),
  refused(
    'operation-facts',
    'parties out of order',
    'codec/order',
    edit(planFactsBytes, flagsAt - 2, 'replace', [0x5a, 0x5a]),
  ),
  refused(
    'operation-facts',
    'a party twice',
    'codec/order',
    edit(planFactsBytes, flagsAt - 2, 'replace', [0x46, 0x52]),
  ),
  refused(
    'operation-facts',
    'a party of nobody',
    'codec/range',
    concatBytes(edit(planFactsBytes, flagsAt + 1, 17, [0])),
  ),
  refused(
    'operation-facts',
    'a representative twice',
    'codec/order',
    edit(planFactsBytes, planFactsBytes.length - 16, 'replace', filled(0x52, 16)),
  ),
  refused(
    'operation-facts',
    'unknown flag of an entry',
    'codec/unknown-value',
    edit(entryFacts, entryFacts.length - 1, 'replace', [3]),
  ),
  refused('operation-plan', 'steps out of order', 'codec/order', planned({ steps: plan.steps.toReversed() })),
  refused('operation-plan', 'a step with the id 0', 'codec/order', planned({ steps: [{ ...step, id: 0, title: '' }] })),
  refused('operation-plan', 'a leg twice', 'codec/order', planned({ legs: [plan.legs[0], plan.legs[0]] })),
  refused('operation-plan', 'an alert twice', 'codec/order', planned({ alerts: [plan.alerts[0], plan.alerts[0]] })),
  refused(
    'operation-plan',
    'article 27',
    'codec/unknown-value',
    planned({ alerts: [{ ...plan.alerts[0], article: 27 }] }),
  ),
  refused(
    'operation-plan',
    '33 phases',
    'codec/range',
    planned({ phases: Array.from({ length: 33 }, (_each, i) => ({ id: i + 1, name: '' })) }),
  ),
  refused('operation-plan', 'title of 801 bytes', 'codec/too-long', planned({ title: 't'.repeat(801) })),
  refused('board-entry', 'kind 7', 'codec/unknown-value', edit(stepEntry, 0, 'replace', [7])),
  refused('board-entry', 'mark 5', 'codec/unknown-value', edit(stepEntry, 3, 'replace', [5])),
  refused('board-entry', 'an event of nothing', 'codec/range', edit(seizureBytes, 3, 'replace', [0, 0])),
  refused('board-entry', 'unit 8', 'codec/unknown-value', edit(seizureBytes, scaleAt + 1, 'replace', [8])),
  refused('board-entry', 'half a piece', 'codec/range', edit(seizureBytes, scaleAt + 1, 'replace', [7])),
  refused('board-entry', 'scale 7', 'codec/range', edit(seizureBytes, scaleAt, 'replace', [7])),
  refused(
    'board-entry',
    'a decimal with a zero at the end',
    'codec/range',
    edit(seizureBytes, scaleAt - 1, 'replace', [120]),
  ),
  refused(
    'board-entry',
    'a currency that is not listed',
    'codec/unknown-value',
    edit(seizureBytes, seizureBytes.length - 5, 'replace', [0x58, 0x58, 0x58]),
  ),
  refused(
    'board-entry',
    'a value of scale 5',
    'codec/range',
    edit(seizureBytes, seizureBytes.length - 6, 'replace', [5]),
  ),
  refused(
    'board-entry',
    'a correction by a correction',
    'codec/unknown-value',
    edit(correctionBytes, 50, 'replace', [6]),
  ),
  refused('board-entry', 'a correction by an alert', 'codec/unknown-value', edit(correctionBytes, 50, 'replace', [4])),
  refused('operation-reason', '8,001 bytes', 'codec/too-long', p.encodeOperationReason('r'.repeat(8_001))),
  refused(
    'freeze-content',
    '8,001 bytes',
    'codec/too-long',
    p.encodeFreezeContent({ sheetHash: bytesOf('sheet'), reason: 'r'.repeat(8_001) }),
  ),
  refused('endorsement', 'state in digits', 'codec/text', edit(signed, 4 + 32 + 32 + 16, 'replace', [0x31])),
  refused('endorsement', 'signed as an item', 'crypto/signature', signAs(signer, purposes.item, endorsement)),
];
export const spec = ['operations.md'];
