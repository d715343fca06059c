import { isoMoment, toHex } from '@rogatory/kernel';
import type { ExportFormat } from './export-format.js';
import { jsonLine } from './json-line.js';
import { recordFacts } from './record-facts.js';

const SEQUENCE_DIGITS = 15;

/**
 * CloudEvents 1.0 in its JSON form, one per line, with the documented extensions `sequence` (padded, so that it sorts as
 * text), `recordedtime`, `authtype` and `authid`. Proof stands in three attributes of our own: origin, index, leaf hash.
 */
export const cloudEventsFormat: ExportFormat = {
  head: () => '',
  line: (record, { hash }, { origin }) => {
    const { index, leaf } = record;
    const facts = recordFacts(record);
    const time = isoMoment(leaf.t);
    return jsonLine({
      specversion: '1.0',
      id: leaf.id,
      source: `//${origin}`,
      type: `rogatory.audit.${leaf.ev}`,
      time,
      recordedtime: time,
      sequence: String(index).padStart(SEQUENCE_DIGITS, '0'),
      authtype: facts.actor === 'device' ? 'user' : facts.actor === 'unproven' ? 'unauthenticated' : 'system',
      ...(facts.person === undefined ? {} : { authid: facts.person }),
      ...(facts.object === undefined ? {} : { subject: facts.object }),
      logorigin: origin,
      logindex: String(index),
      leafhash: toHex(hash),
      datacontenttype: 'application/json',
      data: { class: leaf.cls, outcome: leaf.out, reason: leaf.rc, state: leaf.ms, ...facts },
    });
  },
};
