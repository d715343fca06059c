import { isMoment, isoMoment } from '@rogatory/kernel';
import type { Finding } from './finding.js';
import type { FindingRule } from './rule-list.js';

type Words = (facts: (name: string) => string, finding: Finding) => string;

const HOURS = 3_600_000;

const words: Readonly<Record<FindingRule, Words>> = {
  'bulk-hour': (of) =>
    `Up to ${of('objects')} different things were read within an hour; more than ${of('threshold')} is much.`,
  'bulk-day': (of) =>
    `${of('objects')} different things were read in one day: more than ${of('factor')} times the median, ${of('median')}, ` +
    `of this person's ${of('days')} earlier days.`,
  'off-hours': (of, { recordCount }) =>
    `${acts(recordCount)} outside working hours on ${of('date')}, the first at ${of('firstAt')} (${of('zone')}).`,
  'first-touch': () => 'This person looked into this case for the first time.',
  'unassigned-read': (_of, { recordCount }) =>
    `${acts(recordCount)} of reading on a case in which this person had no role.`,
  'read-after-leaving': (of, { recordCount }) =>
    `${acts(recordCount)} of reading on a case that this person left by record ${of('leftAtIndex')}.`,
  'after-mandate': (of, { recordCount }) =>
    `${acts(recordCount)} allowed after this person's certificate had ended on ${dateOf(of('notAfterMs'))}.`,
  'denied-then-allowed': (of) =>
    `Access was refused, and allowed on the same place ${spanOf(of('afterMs'))} later; within ${spanOf(of('thresholdMs'))} ` +
    'somebody should know why.',
  'empty-reason': (_of, { recordCount }) => `${acts(recordCount)} with a reason that has no text.`,
  'reason-replayed': () => 'The very bytes of a reason were used a second time.',
  'repeated-instrument': (of) =>
    `One instrument was named as the ground on ${of('cases')} different cases; more than ${of('threshold')} is much.`,
  'short-reason': (of, { recordCount }) =>
    `${acts(recordCount)} with a reason of fewer than ${of('threshold')} characters, the shortest of ${of('characters')}.`,
  'repeated-reason': (of) =>
    `The same text was given as the reason on ${of('cases')} different cases; more than ${of('threshold')} is much.`,
  'new-device': (of) =>
    `${of('objects')} different things were read within ${spanOf(of('withinMs'))} of the first record of a device; more than ` +
    `${of('threshold')} is much.`,
  dormant: (of) => `This person acts again after ${spanOf(of('awayMs'))} without any record.`,
  'new-recipients': (of) =>
    `${of('authorities')} further ${of('authorities') === '1' ? 'authority' : 'authorities'} got access to this case for the ` +
    'first time.',
  'counter-gap': (of) =>
    of('missing') === '1'
      ? `Act ${of('firstMissing')} of this device is not in the log.`
      : `Acts ${of('firstMissing')} to ${of('lastMissing')} of this device, ${of('missing')} in all, are not in the log.`,
  'counter-reused': (of) =>
    `This device made two acts with the counter ${of('counter')}: its state was copied or set back.`,
  'unpaired-read': (of) =>
    `A document was opened, and within ${spanOf(of('thresholdMs'))} no record says that it was delivered or broken off.`,
  'delivery-without-read': (of) => `${of('bytes')} bytes of a document went out without a record that it was opened.`,
  'clock-skew': (of, { recordCount }) =>
    `${acts(recordCount)} in which the device's clock was wrong by up to ${spanOf(of('largestMs'))}.`,
  'server-clock': (of, { recordCount }) =>
    `${recordCount} ${recordCount === 1 ? 'record' : 'records'} whose time lies up to ${spanOf(of('largestMs'))} before that of ` +
    'earlier ones: the clock of the server went back.',
  'witness-lag': (of, { facts }) =>
    facts['lagMs'] === undefined
      ? `Records wait for their witnesses for more than ${spanOf(of('thresholdMs'))}.`
      : `Records waited ${spanOf(of('lagMs'))} for their witnesses; more than ${spanOf(of('thresholdMs'))} is much.`,
  'export-volume': (of) =>
    `${of('bytes')} bytes of files and ${of('records')} records of the log were taken out in a day; more than ` +
    `${of('thresholdBytes')} or ${of('thresholdRecords')} is much.`,
  'self-review': (of) => `An auditor looked at records about the auditor's own ${of('about')}.`,
};

/** Why a finding is one, in plain words with its numbers; it names nobody. */
export function whyOf(finding: Finding): string {
  return words[finding.rule]((name) => String(finding.facts[name] ?? '?'), finding);
}

function acts(count: number): string {
  return count === 1 ? '1 act' : `${count} acts`;
}

function dateOf(ms: string): string {
  const time = Number(ms);
  return Number.isSafeInteger(time) && isMoment(time) ? isoMoment(time).slice(0, 10) : '?';
}

function spanOf(ms: string): string {
  const time = Math.abs(Number(ms));
  if (time < 120_000) return `${Math.round(time / 1000)} s`;
  if (time < 2 * HOURS) return `${Math.round(time / 60_000)} min`;
  return time < 48 * HOURS ? `${Math.round(time / HOURS)} h` : `${Math.floor(time / (24 * HOURS))} days`;
}
