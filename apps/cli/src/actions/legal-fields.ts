import type { Client, OpenRecord } from '@rogatory/client';
import { isMoment, isoMoment, momentText } from '@rogatory/kernel';
import { auditActorKinds, legalBases, nameOf } from '@rogatory/protocol';
import { harmless } from '../run/harmless.js';
import { personLine } from '../run/names.js';
import { actorLine } from './record-actor.js';

export type LegalField = readonly [name: string, value: string];

const outside = 'not shown: the record is outside of what this auditor reviews, or its facts were erased';

/**
 * What LED article 25(1) and Regulation (EU) 2023/969 article 25 ask of a log, in plain words (docs/legal-log.md).
 * @param text the opened free text of the reason, or why it is not opened
 */
export function legalFields(client: Client, record: OpenRecord, text: string | undefined): readonly LegalField[] {
  const { leaf } = record;
  const server = momentText(leaf.t);
  return [
    ['date', isMoment(leaf.t) ? server.slice(0, 10) : server],
    ['time of the server', isMoment(leaf.t) ? `${server.slice(11, 23)} UTC` : server],
    ['time of the user', userTime(record)],
    ['user', actorLine(client, record)],
    ['identified by', identification(record)],
    ['operation', `${leaf.ev} (${leaf.cls}), ${leaf.out}${leaf.rc === 'ok' ? '' : `: ${leaf.rc}`}`],
    ['justification', justification(record)],
    ...(text === undefined ? [] : [['text of the reason', text] as const]),
    ['recipients', recipients(client, record)],
  ];
}

/** The clock of the user's device, in its own zone, as the device signed it. */
function userTime({ leaf, groups: { act } }: OpenRecord): string {
  if (act === undefined) return leaf.com.act === undefined ? 'none: no device signed this' : outside;
  const { time, zone } = act.act;
  const localMs = time.timeMs + time.offsetMinutes * 60_000;
  if (!isMoment(localMs)) return momentText(time.timeMs);
  const local = isoMoment(localMs);
  const minutes = Math.abs(time.offsetMinutes);
  const sign = time.offsetMinutes < 0 ? '-' : '+';
  const two = (value: number) => String(value).padStart(2, '0');
  const offset = `${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  const apart = ((time.timeMs - leaf.t) / 1000).toFixed(1);
  return `${local.slice(0, 10)} ${local.slice(11, 23)} ${offset} ${harmless(zone, 64)} (${apart} s from the server)`;
}

function identification({ leaf, groups: { who }, isSigned }: OpenRecord): string {
  if (who === undefined) return leaf.com.who === undefined ? 'nobody: an act of the service' : outside;
  if (who.kind !== auditActorKinds.device) return 'nobody: the caller proved nothing';
  const signed = isSigned ? 'its signature was checked' : 'without a signature';
  return `device ${who.deviceId ?? ''}, post ${who.postId ?? ''}, authority ${who.authorityId ?? ''} (${who.state}); ${signed}`;
}

function justification({ leaf, groups: { why } }: OpenRecord): string {
  if (why === undefined) return leaf.com.why === undefined ? 'none: this operation asks for no reason' : outside;
  const ground = [nameOf(legalBases, why.legalBasis), harmless(why.instrument, 60)].filter(Boolean).join(' ');
  const text = why.sealedText.length === 0 ? 'no free text' : "free text sealed to the user's own oversight body";
  return `${ground}; ${text}`;
}

const MOST_NAMED = 20;

function recipients(client: Client, { groups: { what } }: OpenRecord): string {
  if (what === undefined) return outside;
  if (what.recipients.length === 0) return 'none';
  const named = what.recipients.slice(0, MOST_NAMED).map(({ personId }) => personLine(client, personId));
  const more = what.recipients.length - named.length;
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}
