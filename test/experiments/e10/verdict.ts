import type { Json, JsonObject } from '../../rig/evil-proxy.js';

/** A place where what a person sees may differ, and why that is no lie about content, authors, members or keys. */
interface ServersWord {
  readonly path: RegExp;
  readonly why: string;
}

/**
 * Everything that the server says without a signature of a member, of a registrar or of its log. Where the SDK shows it, it
 * is named as the server's word (docs/spec/README.md), and nothing is decided by it.
 */
export const serversWords: readonly ServersWord[] = [
  { path: /(^|\.)times\.isLate$/, why: 'follows from when the server says that it received it' },
  { path: /(^|\.)receivedAtMs$/, why: 'when the server says that it received it; the author’s own time is signed' },
  {
    path: /^identity\.(postId|authorityId|state|postKind|sessionEndsAtMs|reviewDueMs)$/,
    why: 'how the server addresses its caller, and what it says is due',
  },
  {
    path: /^(postId|authorityId|state|postKind|sessionEndsAtMs|reviewDueMs)$/,
    why: 'how the server addresses its caller, and what it says is due',
  },
  { path: /^server\.(version|isDemo|timeMs|witnesses|unwitnessedSinceMs)$/, why: 'what the server says of itself' },
  {
    path: /^server\.(auditOrigin|directoryOrigin|logKeys|promiseKey)(\[\])*$/,
    why: 'pinned at the first contact where the profile does not bring it; a later change is refused',
  },
  { path: /^cases(\[\])?(\.|$)/, why: 'the list to choose from is the server’s; opening a case verifies it' },
  { path: /(^|\.)(isRevoked|usesLeft)$/, why: 'whether the server would still take an answer to an offer' },
  { path: /(^|\.)card(\.|$)/, why: 'names may be withheld; another name is refused' },
  { path: /^\[\](\.(kind|caseId|compartmentId|atMs))?$/, why: 'a notice is a reason to look, never a fact' },
  { path: /^nextBeforeIndex$/, why: 'whether there is more to list' },
  { path: /^records(\[\])?$/, why: 'records may be withheld from a list; the log itself is verified apart' },
  { path: /^records\[\]\.(index|provenIn|provenLog)$/, why: 'a place without a proof is shown as unproven' },
  { path: /^proven\.(provenIn|provenLog)$/, why: 'a proof may be withheld: the record is then shown as unproven' },
  { path: /^proven\.index$/, why: 'a place without a proof is shown as unproven' },
  {
    path: /(^|\.)groups(\.(who|what|why|src|act))?$/,
    why: 'groups of a record may be withheld; what is shown fits its leaf',
  },
  { path: /^(records\[\]|proven)\.groups\.(who|what|why|src|act)$/, why: 'groups may be withheld' },
  { path: /^(records\[\]|proven)\.isSigned$/, why: 'shown as unsigned where the statement was withheld' },
  { path: /^(waiting|proven|overdue)$/, why: 'a proof that is not given keeps the promise open, as evidence' },
];

export type Verdict =
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'same' }
  | { readonly kind: 'servers-word'; readonly paths: readonly string[] }
  | { readonly kind: 'withheld' }
  | { readonly kind: 'broken'; readonly why: string };

/** What a person saw under a lie, against what they see in truth, and what they had seen before. */
export function judge(seen: Json, honest: Json, known: Json | undefined): Verdict {
  const paths = [...new Set(differences(seen, honest))];
  if (paths.length === 0) return { kind: 'same' };
  const foreign = paths.filter((path) => !serversWords.some((word) => word.path.test(path)));
  if (foreign.length === 0) return { kind: 'servers-word', paths };
  if (isWithheld(seen, honest, known ?? null)) return { kind: 'withheld' };
  return { kind: 'broken', why: `shown otherwise: ${foreign.slice(0, 6).join(', ')}` };
}

/** Paths at which two values differ; a list of another length differs as a whole. */
function* differences(a: Json, b: Json, path = ''): Generator<string> {
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) yield path === '' ? '[]' : path;
    else for (const [n, element] of a.entries()) yield* differences(element, b[n] as Json, `${path}[]`);
    return;
  }
  if (isObject(a) && isObject(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const place = path === '' ? key : `${path}.${key}`;
      if (Object.hasOwn(a, key) && Object.hasOwn(b, key)) yield* differences(a[key] as Json, b[key] as Json, place);
      else yield place;
    }
    return;
  }
  if (a !== b) yield path === '' ? '[]' : path;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Whether a case is shown as it once was: no compartment that the device knew is missing, none goes back behind what it knew,
 * and what is shown is a beginning of the truth. A server can always be late with what the device has no sign of yet.
 */
function isWithheld(seen: Json, honest: Json, old: Json): boolean {
  if (isObject(seen) && isObject(honest) && Array.isArray(seen['seen'])) {
    return isBeginning(seen['seen'], honest['seen']) && isBeginning(seen['messages'], honest['messages']);
  }
  const [now, truth, before] = [compartmentsOf(seen), compartmentsOf(honest), compartmentsOf(old)];
  if (now === undefined || truth === undefined) return false;
  const known = before ?? new Map<string, JsonObject>();
  const keepsAll = [...known].every(([id, compartment]) => isNotBehind(now.get(id), compartment));
  return keepsAll && [...now].every(([id, compartment]) => isEarlier(compartment, truth.get(id)));
}

function compartmentsOf(value: Json): ReadonlyMap<string, JsonObject> | undefined {
  if (!isObject(value)) return undefined;
  const found = isObject(value['case'] ?? null) ? (value['case'] as JsonObject) : value;
  const list = found['compartments'];
  if (!Array.isArray(list)) return undefined;
  return new Map(list.filter(isObject).map((compartment) => [JSON.stringify(compartment['id']), compartment]));
}

function isNotBehind(now: JsonObject | undefined, before: JsonObject): boolean {
  return (
    now !== undefined &&
    isBeginning(before['events'], now['events']) &&
    isBeginning(before['messages'], now['messages'])
  );
}

function isEarlier(now: JsonObject, truth: JsonObject | undefined): boolean {
  if (truth === undefined) return false;
  const lists = ['events', 'messages', 'documents'];
  return lists.every((list) => isBeginning(now[list], truth[list]));
}

/** Whether one list is the beginning of the other, but for the server's own words. */
function isBeginning(beginning: Json | undefined, whole: Json | undefined): boolean {
  if (!Array.isArray(beginning) || !Array.isArray(whole) || beginning.length > whole.length) return false;
  return beginning.every((element, n) =>
    [...differences(element, whole[n] as Json)].every((path) => laterWords.test(path)),
  );
}

/** What may be another for one and the same item: when the server took it, and whether it was withdrawn since. */
const laterWords = /(^|\.)(receivedAtMs|isLate|withdrawn)$/;
