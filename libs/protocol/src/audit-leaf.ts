import { type ActId, CodecError, limits, parseUtf8, utf8 } from '@rogatory/kernel';
import {
  type AuditClass,
  type AuditEventCode,
  auditEvents,
  type AuditGroup,
  type AuditOutcome,
  auditOutcomes,
  isAuditEventCode,
} from './audit-events.js';
import { type CanonicalValue, decodeCanonicalJson, encodeCanonicalJson } from './canonical-json.js';

/** The plain part of an audit record: a leaf of the audit log. Facts stand behind commitments. */
export interface AuditLeaf {
  readonly v: 1;
  readonly id: ActId;
  /** Server time, UTC milliseconds. */
  readonly t: number;
  readonly cls: AuditClass;
  readonly ev: AuditEventCode;
  readonly out: AuditOutcome;
  /** Reason code of a refusal or error, such as "access/refused"; "ok" otherwise. */
  readonly rc: string;
  /** ISO 3166 state of the actor's authority, or "EU" for the service itself. */
  readonly ms: string;
  /** base64url HMAC-SHA-256 commitments of the groups present. */
  readonly com: { readonly [Group in AuditGroup]?: string };
}

const ID = /^[0-9a-f]{32}$/;
const STATE = /^[A-Z]{2}$/;
const REASON = /^[a-z0-9/.-]{1,64}$/;
const COMMITMENT = /^[A-Za-z0-9_-]{43}$/;

/** The exact bytes that are stored and hashed; verifiers hash stored bytes, never a re-encoding. */
export function encodeAuditLeaf(leaf: AuditLeaf): Uint8Array {
  const bytes = utf8(encodeCanonicalJson({ ...leaf, com: { ...leaf.com } as { readonly [group: string]: string } }));
  if (bytes.length > limits.maxAuditLeafBytes) throw new CodecError('codec/too-long', 'audit leaf too long');
  return bytes;
}

/**
 * Reads a stored leaf strictly: canonical form, known version and event, the groups that the event demands.
 * @throws CodecError `codec/json`, `codec/audit-leaf`, or `codec/unsupported` for an unknown version or event.
 */
export function decodeAuditLeaf(bytes: Uint8Array): AuditLeaf {
  if (bytes.length > limits.maxAuditLeafBytes) throw new CodecError('codec/too-long', 'audit leaf too long');
  const value = decodeCanonicalJson(parseUtf8(bytes));
  if (!isObject(value)) throw malformed();
  const { v, id, t, cls, ev, out, rc, ms, com } = value;
  if (v !== 1 || typeof ev !== 'string' || !isAuditEventCode(ev)) {
    throw new CodecError('codec/unsupported', 'unknown version or event of an audit leaf');
  }
  if (Object.keys(value).length !== 9 || !matches(id, ID) || !matches(ms, STATE) || !matches(rc, REASON))
    throw malformed();
  if (typeof t !== 'number' || t < 0 || cls !== auditEvents[ev].class) throw malformed();
  if (!auditOutcomes.includes(out as AuditOutcome) || !isObject(com)) throw malformed();
  if ((out === 'allowed') !== (rc === 'ok')) throw malformed();
  checkCommitments(ev, out, com);
  const commitments = com as AuditLeaf['com'];
  return { v, id: id as ActId, t, cls: auditEvents[ev].class, ev, out: out as AuditOutcome, rc, ms, com: commitments };
}

/**
 * SPEC: audit 2 — a leaf commits to the groups of its event and to no others; a refused or failed attempt may lack what
 * it could not show (an act, a reason), never `what`.
 */
function checkCommitments(ev: AuditEventCode, out: unknown, com: { readonly [key: string]: CanonicalValue }): void {
  const demanded = auditEvents[ev].groups;
  const present = Object.keys(com);
  const isKnown = present.every((group) => demanded.includes(group as AuditGroup) && matches(com[group], COMMITMENT));
  const isComplete = out === 'allowed' ? present.length === demanded.length : present.includes('what');
  if (!isKnown || !isComplete) throw malformed();
}

function matches(value: CanonicalValue | undefined, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}

function isObject(value: CanonicalValue | undefined): value is { readonly [key: string]: CanonicalValue } {
  return typeof value === 'object' && !Array.isArray(value);
}

function malformed(): CodecError {
  return new CodecError('codec/audit-leaf', 'not an audit leaf');
}
