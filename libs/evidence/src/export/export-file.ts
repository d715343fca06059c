import { type AuthorityId, CodecError, fromBase64, limits, toBase64, utf8 } from '@rogatory/kernel';
import type { AuditGroup } from '@rogatory/protocol';
import { HASH_BYTES, perfectSubtrees } from '@rogatory/tlog';
import { parseObject } from '../parse-object.js';

/** First line of an export: what it is an export of. Nothing in it is trusted until the root fits. */
export interface ExportHeader {
  readonly origin: string;
  /** Index of the first record. */
  readonly first: number;
  /** Authorities whose records the asker may open, as the server says. */
  readonly scope: readonly AuthorityId[];
  /** Hashes of the perfect subtrees before the first record, left to right. */
  readonly left: readonly Uint8Array[];
}

/** A group with what opens its commitment. */
export interface GroupOpening {
  readonly opening: Uint8Array;
  readonly bytes: Uint8Array;
}
export type GroupOpenings = { readonly [Group in AuditGroup]?: GroupOpening };

export interface ExportedRecord {
  readonly index: number;
  /** Exact bytes of the leaf. */
  readonly leaf: Uint8Array;
  /** RFC 6962 leaf hash, as the exporter says: it lets an edited leaf be named. */
  readonly hash: Uint8Array;
  /** Undefined for a record outside of the scope. Inside of it, a group that is missing was erased. */
  readonly open: GroupOpenings | undefined;
}

/** Last line: the signed head, and what is needed to come from the records to its root. An export without it is cut off. */
export interface ExportTrailer {
  /** Index behind the last record. */
  readonly end: number;
  /** Hashes of the perfect subtrees behind the last record, left to right. */
  readonly right: readonly Uint8Array[];
  /** Signed checkpoint, verbatim. */
  readonly checkpoint: Uint8Array;
}

export type ExportLine =
  | { readonly kind: 'record'; readonly record: ExportedRecord }
  | { readonly kind: 'trailer'; readonly trailer: ExportTrailer };

export const EXPORT_FORMAT = 'rogatory/audit-export/v1';
const MAX_SIDE_HASHES = 2 * limits.maxProofHashes;
const MAX_SCOPE = 1_000;
const AUTHORITY = /^[0-9a-f]{32}$/;
export const exportGroups: readonly AuditGroup[] = ['who', 'what', 'why', 'src', 'act'];
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function encodeExportHeader({ origin, first, scope, left }: ExportHeader): Uint8Array {
  return utf8(`${JSON.stringify({ format: EXPORT_FORMAT, origin, first, scope, left: left.map(toBase64) })}\n`);
}

/**
 * One line of a record. Base64 and numbers need no escape, so the line is put together as text.
 * @param encode base64 with padding; a server may give a faster one.
 */
export function encodeExportedRecord(record: ExportedRecord, encode: (bytes: Uint8Array) => string = toBase64): string {
  const { index, leaf, hash, open } = record;
  const groups = exportGroups.flatMap((group) => {
    const given = open?.[group];
    return given === undefined ? [] : [`"${group}":["${encode(given.opening)}","${encode(given.bytes)}"]`];
  });
  const opened = open === undefined ? '' : `,"open":{${groups.join(',')}}`;
  return `{"i":${index},"leaf":"${encode(leaf)}","hash":"${encode(hash)}"${opened}}\n`;
}

export function encodeExportTrailer({ end, right, checkpoint }: ExportTrailer): Uint8Array {
  const note = decoder.decode(checkpoint);
  return utf8(`${JSON.stringify({ end, right: right.map(toBase64), checkpoint: note })}\n`);
}

/** @throws CodecError `evidence/export`. */
export function decodeExportHeader(line: Uint8Array): ExportHeader {
  const { format, origin, first, scope, left, ...rest } = parseObject(line, malformed);
  if (format !== EXPORT_FORMAT || Object.keys(rest).length > 0 || typeof origin !== 'string') throw malformed();
  if (!Array.isArray(scope) || scope.length > MAX_SCOPE || !scope.every(isAuthority)) throw malformed();
  const begin = place(first);
  const hashes = hashesOf(left);
  if (hashes.length !== perfectSubtrees(0, begin).length) throw malformed();
  return { origin, first: begin, scope, left: hashes };
}

/** @throws CodecError `evidence/export`. */
export function decodeExportLine(line: Uint8Array): ExportLine {
  const fields = parseObject(line, malformed);
  if (!Object.hasOwn(fields, 'end')) return { kind: 'record', record: recordOf(fields) };
  const { end, right, checkpoint, ...rest } = fields;
  if (Object.keys(rest).length > 0 || typeof checkpoint !== 'string') throw malformed();
  return { kind: 'trailer', trailer: { end: place(end), right: hashesOf(right), checkpoint: utf8(checkpoint) } };
}

/** The openings of a record as a file has them. @throws CodecError `evidence/export`. */
export function groupOpeningsOf(value: unknown): GroupOpenings {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed();
  const groups: { [Group in AuditGroup]?: GroupOpening } = {};
  for (const [name, pair] of Object.entries(value)) {
    const group = exportGroups.find((known) => known === name);
    if (group === undefined || !Array.isArray(pair) || pair.length !== 2) throw malformed();
    groups[group] = { opening: bytesOf(pair[0]), bytes: bytesOf(pair[1]) };
  }
  return groups;
}

function recordOf({ i, leaf, hash, open, ...rest }: Record<string, unknown>): ExportedRecord {
  if (Object.keys(rest).length > 0) throw malformed();
  const told = bytesOf(hash);
  if (told.length !== HASH_BYTES) throw malformed();
  return {
    index: place(i),
    leaf: bytesOf(leaf),
    hash: told,
    open: open === undefined ? undefined : groupOpeningsOf(open),
  };
}

function bytesOf(value: unknown): Uint8Array {
  if (typeof value !== 'string') throw malformed();
  try {
    return fromBase64(value);
  } catch (cause) {
    throw malformed({ cause });
  }
}

function hashesOf(value: unknown): Uint8Array[] {
  if (!Array.isArray(value) || value.length > MAX_SIDE_HASHES) throw malformed();
  const hashes = value.map(bytesOf);
  if (!hashes.every(({ length }) => length === HASH_BYTES)) throw malformed();
  return hashes;
}

function place(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > limits.maxTreeSize) {
    throw malformed();
  }
  return value;
}

function isAuthority(value: unknown): value is AuthorityId {
  return typeof value === 'string' && AUTHORITY.test(value);
}

function malformed(options?: ErrorOptions): CodecError {
  return new CodecError('evidence/export', 'not a line of an export', options);
}
