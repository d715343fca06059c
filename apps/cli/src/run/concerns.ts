import type { Alarm, Concern } from '@rogatory/client';
import type { Call } from './call.js';
import { harmless } from './harmless.js';
import { isoTime, type Json } from './outcome.js';

/** What each concern means to who sees it. */
const concernTexts: Readonly<Record<Concern['kind'], string>> = {
  'receipt-missing': 'the server gave no receipt for an act; ask its operator why',
  'receipt-wrong': 'the server gave a receipt that does not fit the act; keep this profile, it is evidence',
  'receipt-overdue':
    'the server promised to put an act into the log and did not in time; keep this profile, it is evidence',
  'log-shrank': 'the audit log is shorter than it was; keep this profile, it is evidence',
  'box-fault': 'a key that was meant for this device cannot be opened; others were told and will send it anew',
  'bad-item': 'a member posted something that nobody can read; it is shown as unreadable, with who signed it',
  fork: 'another history was shown, to this device before or to another member, or the audit log signed a head that its last one rules out; keep this profile, it is evidence; "rogatory case heads" compares',
  'history-refused':
    'the server showed a history that does not hold: missing, altered or not signed by a member; nothing of it was used; keep this profile, it is evidence, and tell the other members by another way',
  'head-missing': 'the server does not show the head of its audit log; ask its operator why',
  'head-unproven':
    'the server shows a head of its audit log that it does not prove to go on from the one before; keep this profile, it is evidence',
  'log-abandoned':
    'the operator gave the audit log up and began another one; records behind the last head are lost, and those without a place in it were recorded anew; ask the operator and the oversight body why',
  'log-replaced':
    'the server shows another audit log than the one that this device knows, and nothing proves that it follows; nothing of it was used; keep this profile, it is evidence',
  'peer-head':
    'a member carries a head that no audit log known here signed: either that device made it up, or it was shown another log; compare "rogatory doctor" with that person by another way',
  stranger:
    'the database of the server lets a device in that no member admitted; it got no key and is refused, but somebody edited the database: tell the operator and the oversight body',
};

/** What somebody should look at goes to standard error at once, whatever the command's own answer is. */
export function tellConcern(call: Call, concern: Concern): void {
  call.context.console.error(`warning: ${concernText(concern)}`);
}

/** A concern in words, with its facts. */
export function concernText({ kind, ...facts }: Concern): string {
  const named = Object.entries(facts).map(([name, value]) => `${name} ${harmless(String(value), 80)}`);
  return `${concernTexts[kind]} (${[kind, ...named].join(', ')})`;
}

/** Alarms as lines, oldest first; none where there is none. */
export function alarmLines(alarms: readonly Alarm[]): string[] {
  return alarms.map(({ firstAtMs, lastAtMs, times, ...concern }) => {
    const often = times === 1 ? '' : `, ${times} times until ${isoTime(lastAtMs)}`;
    return `${isoTime(firstAtMs)}${often}: ${concernText(concern)}`;
  });
}

export function alarmsJson(alarms: readonly Alarm[]): Json {
  return alarms.map(({ firstAtMs, lastAtMs, ...alarm }) => ({
    ...alarm,
    firstAt: isoTime(firstAtMs),
    lastAt: isoTime(lastAtMs),
  }));
}
