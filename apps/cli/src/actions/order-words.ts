import type { AuditOrder, HoldTarget, OrderVerb, RecordSet } from '@rogatory/protocol';
import { auditPurposes, legalBases, nameOf, rangesText, recordsIn } from '@rogatory/protocol';
import { counted, isoTime } from '../run/outcome.js';

/** The command under which orders of a verb are proposed, approved and listed. */
export const orderCommands: Readonly<Record<OrderVerb, string>> = {
  erase: 'erase',
  hold: 'hold',
  lift: 'hold',
  restrict: 'restrict',
  release: 'restrict',
};

/** What an order says, for people. What both persons sign is its one text (docs/spec/retention.md 1). */
export function orderWords(order: AuditOrder): string {
  return `${deedOf(order)}; file ${order.reference}; to be approved by ${isoTime(order.expiresMs)}`;
}

function deedOf(order: AuditOrder): string {
  switch (order.verb) {
    case 'erase':
      return `erase ${order.groups.join(', ')} of ${placesOf(order)}, on the ground of ${nameOf(legalBases, order.legalBasis)}`;
    case 'hold':
      return `keep ${targetOf(order.target)} from being erased until ${isoTime(order.untilMs)}`;
    case 'lift':
      return `end the hold ${order.hold}`;
    case 'restrict':
      return `show ${placesOf(order)} for ${nameOf(auditPurposes, order.purpose)} alone`;
    case 'release':
      return `end the restriction of ${placesOf(order)}`;
  }
}

function targetOf(target: HoldTarget): string {
  if ('caseId' in target) return `all records of the case ${target.caseId}`;
  return 'person' in target ? `all that the person ${target.person} did` : placesOf(target);
}

function placesOf({ shard, records }: RecordSet): string {
  return `${counted(recordsIn(records), 'record')} of the log ${shard} (index ${rangesText(records)})`;
}
