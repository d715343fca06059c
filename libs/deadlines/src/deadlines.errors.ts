import { RefusedError } from '@rogatory/kernel';

/** Why a deadline is not computed, or a change of it has no effect: server and clients come to the same answer. */
export type DeadlineRefusalCode =
  | 'deadline/calendar'
  | 'deadline/extension'
  | 'deadline/late'
  | 'deadline/order'
  | 'deadline/pause'
  | 'deadline/place'
  | 'deadline/reason'
  | 'deadline/unknown';

const texts: Readonly<Record<DeadlineRefusalCode, string>> = {
  'deadline/calendar': 'outside the years whose public holidays these rules know',
  'deadline/extension': 'the law does not allow this change of the period',
  'deadline/late': 'the period was over before',
  'deadline/order': 'changes must follow the start and each other in time',
  'deadline/pause': 'the law does not allow to pause or resume here',
  'deadline/place': 'not a member state or not a time zone that is known',
  'deadline/reason': 'the law asks for reasons',
  'deadline/unknown': 'no such version of the rules, instrument or clock',
};

export class DeadlineRefusedError extends RefusedError<DeadlineRefusalCode> {}

export function refusedDeadline(code: DeadlineRefusalCode): DeadlineRefusedError {
  return new DeadlineRefusedError(code, texts[code]);
}
