import { type ActId, concatBytes, idBytes, type RandomBytes, type Secret, toBase64Url, utf8 } from '@rogatory/kernel';
import {
  type AuditGroup,
  auditEvents,
  contexts,
  encodeAuditLeaf,
  encodeAuditSource,
  encodeAuditWhat,
  encodeAuditWho,
} from '@rogatory/protocol';
import { commitGroup, OPENING_BYTES, restOpen, restSeal } from '@rogatory/crypto/rest';
import { incompleteEntry } from '../domain/audit.errors.js';
import type { AuditEntry } from '../domain/audit-entry.js';
import { auditGroups, type NewRecord } from '../domain/stored-record.js';

export interface RecordPlace {
  readonly shard: string;
  readonly timeMs: number;
  readonly monthKey: Secret;
  readonly random: RandomBytes;
}

/** A group with what opens its commitment. */
export interface OpenedGroup {
  readonly opening: Uint8Array;
  readonly bytes: Uint8Array;
}

/**
 * Leaf, commitments and sealed openings of an entry.
 * @throws UsageError `audit/incomplete-entry`; CodecError on facts outside the formats.
 */
export function buildRecord(entry: AuditEntry, place: RecordPlace): NewRecord {
  requireComplete(entry);
  const groups = groupsOf(entry, place.random);
  const com: { [Group in AuditGroup]?: string } = {};
  const openings: { [Group in AuditGroup]?: Uint8Array } = {};
  for (const label of auditGroups) {
    const group = groups[label];
    if (group === undefined) continue;
    com[label] = toBase64Url(commitGroup({ label, ...group }));
    openings[label] = sealGroup(entry.id, label, group, place);
  }
  const { class: cls } = auditEvents[entry.event];
  const { event: ev, outcome: out, reasonCode: rc, who, what, act } = entry;
  const leaf = encodeAuditLeaf({ v: 1, id: entry.id, t: place.timeMs, cls, ev, out, rc, ms: who.state, com });
  return {
    ...{ id: entry.id, shard: place.shard, leaf, timeMs: place.timeMs, event: ev, class: cls, outcome: out },
    state: who.state,
    ...{ actorPerson: who.personId, actorDevice: who.deviceId, actorAuthority: who.authorityId },
    ...{ ownerAuthority: what.ownerAuthorityId, caseId: what.caseId, compartmentId: what.compartmentId },
    objectId: what.objectId,
    legalBasis: act?.why?.why.legalBasis,
    actCounter: act?.act.counter,
    openings,
  };
}

/** Opens a stored group. @throws VerificationError `crypto/open` when it is not this record's. */
export function openGroup(id: ActId, label: AuditGroup, sealed: Uint8Array, monthKey: Secret): OpenedGroup {
  const plain = restOpen({ monthKey, context: contexts.auditOpening, aad: groupAad(id, label), sealed });
  return { opening: plain.subarray(0, OPENING_BYTES), bytes: plain.subarray(OPENING_BYTES) };
}

function requireComplete(entry: AuditEntry): void {
  const demanded = auditEvents[entry.event].groups;
  const isAllowed = entry.outcome === 'allowed';
  if (entry.act !== undefined) {
    const { act } = entry.act;
    const isOwn = act.actId === entry.id && act.operation === entry.event && act.deviceId === entry.who.deviceId;
    if (!isOwn || !demanded.includes('act')) throw incompleteEntry('act');
  }
  if (!isAllowed) return;
  if (demanded.includes('act') && entry.act === undefined) throw incompleteEntry('act');
  if (demanded.includes('why') && entry.act?.why === undefined) throw incompleteEntry('why');
  if (demanded.includes('src') && entry.source === undefined) throw incompleteEntry('src');
}

function groupsOf(entry: AuditEntry, random: RandomBytes): { readonly [Group in AuditGroup]?: OpenedGroup } {
  const demanded = auditEvents[entry.event].groups;
  const draw = (bytes: Uint8Array): OpenedGroup => ({ opening: random(OPENING_BYTES), bytes });
  const { act, source } = entry;
  return {
    ...(demanded.includes('who') ? { who: draw(encodeAuditWho(entry.who)) } : {}),
    what: draw(encodeAuditWhat(entry.what)),
    // The device's own opening: the leaf then holds the very commitment that the act was signed over.
    ...(act?.why === undefined ? {} : { why: { opening: act.why.opening, bytes: act.why.bytes } }),
    ...(demanded.includes('src') && source !== undefined ? { src: draw(encodeAuditSource(source)) } : {}),
    ...(act === undefined ? {} : { act: draw(act.bytes) }),
  };
}

function sealGroup(id: ActId, label: AuditGroup, group: OpenedGroup, place: RecordPlace): Uint8Array {
  const plaintext = concatBytes(group.opening, group.bytes);
  const { monthKey, random } = place;
  return restSeal({ monthKey, context: contexts.auditOpening, aad: groupAad(id, label), plaintext, random });
}

/** SPEC: audit 4: aad = record id 16 ‖ label */
function groupAad(id: ActId, label: AuditGroup): Uint8Array {
  return concatBytes(idBytes(id), utf8(label));
}
