import { auditActorKinds, auditEvents, auditObjectKinds, legalBases } from '@rogatory/protocol';
import { findingsOf, FindingsEngine } from '@rogatory/findings';
import { atLeast } from '../figures.mjs';
import { median } from '../measure.mjs';

const PEOPLE = 200;
const CASES = 1_000;
const START_MS = Date.UTC(2026, 10, 2, 7);
const hex = (/** @type {number} */ kind, /** @type {number} */ number, length = 32) =>
  kind.toString(16).padStart(2, '0') + number.toString(16).padStart(length - 2, '0');

/** A day's mixture: messages, reads with their deliveries, looks into cases, logins. */
const mixture = /** @type {const} */ ([
  ...['msg.send', 'msg.send', 'msg.send', 'doc.read', 'doc.delivered', 'compartment.read', 'case.open', 'auth.refresh'],
]);

/** @param {number} index */
function makeRecord(index) {
  const ev = mixture[index % mixture.length] ?? 'msg.send';
  const person = Math.floor(index / mixture.length) % PEOPLE;
  const place = Math.floor(index / (7 * mixture.length)) % CASES;
  const groups = /** @type {readonly string[]} */ (auditEvents[ev].groups);
  const owner = hex(0xa0, place % 20);
  const upload = hex(0x0c, Math.floor(index / mixture.length));
  const isDelivery = ev === 'doc.delivered';
  const ids = { personId: hex(0xb0, person), deviceId: hex(0xd0, person), authorityId: hex(0xa0, person % 20) };
  const who = { kind: auditActorKinds.device, ...ids, postId: hex(0xe0, person), state: 'FR', caseRole: 2 };
  const what = {
    ...{ caseId: hex(0xca, place, 64), compartmentId: hex(0xc0, place, 64), ownerAuthorityId: owner },
    ...{
      objectKind: auditObjectKinds.file,
      objectId: isDelivery ? upload : hex(0x0b, place),
      version: 1,
      bytes: 40_000,
      count: 1,
    },
    ...{ recipients: isDelivery ? [ids] : [], detail: ev === 'doc.read' ? `upload=${upload}` : '' },
  };
  const none = new Uint8Array(0);
  const why = { legalBasis: legalBases.investigation, instrument: '', kemCiphertext: none, sealedText: none };
  return {
    index,
    leaf: {
      ...{
        v: 1,
        id: hex(1, index),
        t: START_MS + index * 400,
        cls: auditEvents[ev].class,
        ev,
        out: 'allowed',
        rc: 'ok',
        ms: 'FR',
      },
      com: { why: `${index}`.padEnd(43, 'A') },
    },
    groups: { what, ...(groups.includes('who') ? { who } : {}), ...(groups.includes('why') ? { why } : {}) },
  };
}

const week = [0, 1, 2, 3, 4, 5, 6].map((day) => (day < 5 ? [[480, 1_080]] : []));

/** @type {import('../figures.mjs').Section} */
export const section = {
  title: '11. Findings over opened records',
  run: async ({ isShort }) => {
    const count = isShort ? 50_000 : 500_000;
    const calendars = Array.from({ length: 20 }, (_, n) => ({
      authority: hex(0xa0, n),
      zone: 'Europe/Paris',
      week,
      holidays: [],
    }));
    const mandateOf = () => ({ notAfterMs: Number.MAX_SAFE_INTEGER });
    const input = /** @type {import('@rogatory/findings').FindingsInput} */ (
      /** @type {unknown} */ ({ scope: 'all', calendars, mandateOf })
    );
    const records = /** @type {import('@rogatory/findings').OpenedRecord[]} */ (
      /** @type {unknown} */ (Array.from({ length: count }, (_, index) => makeRecord(index)))
    );
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
