import { auditActorKinds, auditEvents, auditObjectKinds, legalBases } from '@rogatory/protocol';
import { findingsOf, FindingsEngine } from '@rogatory/findings';
import { atLeast } from '../figures.mjs';
import { median } from '../measure.mjs';

const PEOPLE = 200;
const CASES = 1_000;
const START_MS = Date.UTC(2026, 10, 2, 7);
/**
 * @template {string} Id
 * @param {number} kind @param {number} number @param {number} [length] in hexadecimal digits
 */
const idOf = (kind, number, length = 32) =>
  /** @type {Id} */ (kind.toString(16).padStart(2, '0') + number.toString(16).padStart(length - 2, '0'));

/** A day's mixture: messages, reads with their deliveries, looks into cases, logins. */
const mixture = /** @type {const} */ ([
  ...['msg.send', 'msg.send', 'msg.send', 'doc.read', 'doc.delivered', 'compartment.read', 'case.open', 'auth.refresh'],
]);

/**
 * @param {number} index
 * @returns {import('@rogatory/findings').OpenedRecord}
 */
function makeRecord(index) {
  const ev = mixture[index % mixture.length] ?? 'msg.send';
  const person = Math.floor(index / mixture.length) % PEOPLE;
  const groups = /** @type {readonly string[]} */ (auditEvents[ev].groups);
  const com = { why: `${index}`.padEnd(43, 'A') };
  const time = START_MS + index * 400;
  return {
    index,
    leaf: {
      v: 1,
      id: idOf(1, index),
      t: time,
      cls: auditEvents[ev].class,
      ev,
      out: 'allowed',
      rc: 'ok',
      ms: 'FR',
      com,
    },
    groups: {
      what: whatOf(index, ev),
      ...(groups.includes('who') ? { who: whoOf(person) } : {}),
      ...(groups.includes('why') ? { why } : {}),
    },
  };
}

/** @param {number} person @returns {import('@rogatory/protocol').AuditWho} */
const whoOf = (person) => ({
  kind: auditActorKinds.device,
  personId: idOf(0xb0, person),
  deviceId: idOf(0xd0, person),
  authorityId: idOf(0xa0, person % 20),
  postId: idOf(0xe0, person),
  state: 'FR',
  caseRole: 2,
});

/** @param {number} index @param {string} ev @returns {import('@rogatory/protocol').AuditWhat} */
function whatOf(index, ev) {
  const reader = Math.floor(index / mixture.length);
  const place = Math.floor(index / (7 * mixture.length)) % CASES;
  const person = reader % PEOPLE;
  const recipient = {
    personId: idOf(0xb0, person),
    deviceId: idOf(0xd0, person),
    authorityId: idOf(0xa0, person % 20),
  };
  const isDelivery = ev === 'doc.delivered';
  return {
    caseId: idOf(0xca, place, 64),
    compartmentId: idOf(0xc0, place, 64),
    ownerAuthorityId: idOf(0xa0, place % 20),
    objectKind: auditObjectKinds.file,
    objectId: isDelivery ? idOf(0x0c, reader) : idOf(0x0b, place),
    version: 1,
    bytes: 40_000,
    count: 1,
    recipients: isDelivery ? [/** @type {import('@rogatory/protocol').AuditRecipient} */ (recipient)] : [],
    detail: ev === 'doc.read' ? `upload=${idOf(0x0c, reader)}` : '',
  };
}

const none = new Uint8Array(0);
/** @type {import('@rogatory/protocol').Why} */
const why = { legalBasis: legalBases.investigation, instrument: '', kemCiphertext: none, sealedText: none };
/** @type {import('@rogatory/findings').AuthorityCalendar['week']} */
const week = [0, 1, 2, 3, 4, 5, 6].map((day) => (day < 5 ? [[480, 1_080]] : []));

/** @type {import('../figures.mjs').Section} */
export const section = {
  title: '11. Findings over opened records',
  run: async ({ isShort }) => {
    const count = isShort ? 50_000 : 500_000;
    /** @type {import('@rogatory/findings').AuthorityCalendar[]} */
    const calendars = Array.from({ length: 20 }, (_, n) => ({
      authority: idOf(0xa0, n),
      zone: 'Europe/Paris',
      week,
      holidays: [],
    }));
    const mandateOf = () => ({ notAfterMs: Number.MAX_SAFE_INTEGER });
    /** @type {import('@rogatory/findings').FindingsInput} */
    const input = { scope: 'all', calendars, mandateOf };
    const records = Array.from({ length: count }, (_, index) => makeRecord(index));
    findingsOf(records.slice(0, 20_000), input);
    const rates = [];
    let found = 0;
    let snapshotBytes = 0;
    for (let round = 0; round < (isShort ? 1 : 5); round++) {
      const engine = new FindingsEngine(input);
      const start = performance.now();
      for (const record of records) engine.push(record);
      found = engine.take().length;
      rates.push(count / ((performance.now() - start) / 1_000));
      snapshotBytes = JSON.stringify(engine.snapshot()).length;
      if (engine.nextIndex !== count || engine.forgotten > 0)
        throw new Error('not every record was read, or something was forgotten');
    }
    const rate = median(rates);
    return {
      figures: [
        {
          ...{ name: `rules over ${count.toLocaleString('en-US')} opened records`, unit: 'records/s', value: rate },
          target: atLeast(20_000, rate, 'at least 20,000 records/s, the pace of exports'),
        },
        { name: 'memory of the rules as it is stored', unit: 'MiB', value: snapshotBytes / 2 ** 20 },
      ],
      notes: [
        `${PEOPLE} people, ${CASES} cases, ${found.toLocaleString('en-US')} findings; all 23 rules that need no cosigned heads; groups decoded before.`,
      ],
    };
  },
};
