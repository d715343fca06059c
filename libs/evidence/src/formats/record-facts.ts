import { isMoment, isoMoment, momentText } from '@rogatory/kernel';
import { auditActorKinds, auditObjectKinds, legalBases, nameOf } from '@rogatory/protocol';
import type { PassingRecord } from '../records/record-check.js';

/** The legal log fields of a record in words and ids, as far as it is open (Directive 2016/680 article 25). */
export interface RecordFacts {
  readonly actor?: string;
  readonly person?: string;
  readonly device?: string;
  readonly authority?: string;
  readonly case?: string;
  readonly compartment?: string;
  readonly objectKind?: string;
  readonly object?: string;
  readonly version?: number;
  readonly count?: number;
  readonly bytes?: number;
  readonly recipients?: readonly string[];
  readonly legalBasis?: string;
  readonly instrument?: string;
  readonly localTime?: string;
  readonly zone?: string;
  readonly address?: string;
  readonly client?: string;
  readonly detail?: string;
}

export function recordFacts({ groups: { who, what, why, src, act } }: PassingRecord): RecordFacts {
  const facts = {
    actor: who && nameOf(auditActorKinds, who.kind),
    person: who?.personId,
    device: who?.deviceId,
    authority: who?.authorityId,
    case: what?.caseId,
    compartment: what?.compartmentId,
    objectKind: what && nameOf(auditObjectKinds, what.objectKind),
    object: what?.objectId,
    version: what?.version,
    count: what?.count,
    bytes: what?.bytes,
    recipients: what?.recipients.map(({ authorityId, personId }) => `${authorityId}/${personId}`),
    legalBasis: why && nameOf(legalBases, why.legalBasis),
    instrument: why?.instrument,
    localTime: act && localTime(act.act.time),
    zone: act?.act.zone,
    address: src?.address,
    client: src?.client,
    detail: what?.detail,
  };
  const known = Object.entries(facts).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(known);
}

/** The clock of the device with its offset (Regulation 2023/969 article 25 asks for the time zone). */
function localTime({ timeMs, offsetMinutes }: { readonly timeMs: number; readonly offsetMinutes: number }): string {
  const localMs = timeMs + offsetMinutes * 60_000;
  // A refused act is recorded as it came: one device cannot keep an auditor from an export.
  if (!isMoment(localMs)) return momentText(timeMs);
  const local = isoMoment(localMs).slice(0, -1);
  const span = Math.abs(offsetMinutes);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${local}${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(span / 60))}:${two(span % 60)}`;
}
