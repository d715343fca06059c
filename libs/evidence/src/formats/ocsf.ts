import { toBase64, toHex } from '@rogatory/kernel';
import type { AuditClass, AuditLeaf } from '@rogatory/protocol';
import { type KeyType, keyTypes } from '@rogatory/tlog';
import type { ExportFormat, RenderedLog } from './export-format.js';
import { jsonLine } from './json-line.js';
import { type RecordFacts, recordFacts } from './record-facts.js';

const VERSION = '1.9.0-dev';
const SHA_256 = { algorithm: 'SHA-256', algorithm_id: 3 } as const;
const OTHER = 99;

/** Class and activity of OCSF. */
interface OcsfKind {
  readonly category: number;
  readonly cls: number;
  readonly activity: number;
}

const fileHosting = (activity: number): OcsfKind => ({ category: 6, cls: 6006, activity });
const datastore = (activity: number): OcsfKind => ({ category: 6, cls: 6005, activity });
const entity = (activity: number): OcsfKind => ({ category: 3, cls: 3004, activity });
const authentication = (activity: number): OcsfKind => ({ category: 3, cls: 3002, activity });

const kindOfEvent: Readonly<Record<string, OcsfKind>> = {
  'doc.upload': fileHosting(1),
  'doc.add': fileHosting(1),
  'doc.read': fileHosting(2),
  'doc.delivered': fileHosting(2),
  'doc.aborted': fileHosting(2),
  'doc.withdraw': fileHosting(4),
  'doc.orphan.delete': fileHosting(4),
  'member.disclose': fileHosting(12),
  'auth.login': authentication(1),
  'auth.fail': authentication(1),
  'auth.logout': authentication(2),
  'authz.denied': { category: 3, cls: 3003, activity: OTHER },
};
const kindOfClass: Readonly<Record<AuditClass, OcsfKind>> = {
  collection: datastore(5),
  alteration: datastore(2),
  consultation: datastore(1),
  disclosure: datastore(1),
  combination: datastore(4),
  erasure: datastore(7),
  admin: entity(3),
  auth: authentication(OTHER),
  key: entity(3),
  audit: datastore(4),
  system: entity(OTHER),
};
const statusOf: Readonly<Record<AuditLeaf['out'], number>> = { allowed: 1, denied: 2, error: 2, aborted: 2 };

/**
 * OCSF 1.x, one event per line, with the attestation of the profile `record_integrity`: chain_uid is the origin of the log,
 * uid the index, fingerprint the leaf hash, signatures those of the head under which the record was verified.
 */
export const ocsfFormat: ExportFormat = {
  head: () => '',
  line: (record, { hash }, log) => {
    const { index, leaf } = record;
    const { category, cls, activity } = kindOfEvent[leaf.ev] ?? kindOfClass[leaf.cls];
    const facts = recordFacts(record);
    return jsonLine({
      category_uid: category,
      class_uid: cls,
      activity_id: activity,
      ...(activity === OTHER ? { activity_name: leaf.ev } : {}),
      type_uid: cls * 100 + activity,
      severity_id: leaf.out === 'denied' ? 2 : 1,
      status_id: statusOf[leaf.out],
      status_code: leaf.rc,
      time: leaf.t,
      metadata: {
        version: VERSION,
        product: { name: 'Rogatory', vendor_name: 'Rogatory' },
        profiles: ['record_integrity'],
        uid: leaf.id,
        event_code: leaf.ev,
        log_name: log.origin,
        sequence: index,
      },
      ...actorOf(facts),
      ...(facts.address === undefined ? {} : { src_endpoint: { ip: facts.address } }),
      unmapped: { tree_size: log.size, class: leaf.cls, state: leaf.ms, outcome: leaf.out, ...facts },
      attestation_list: [attestation(index, hash, log)],
    });
  },
};

function actorOf({ person, device, authority }: RecordFacts): object {
  if (person === undefined) return {};
  const org = authority === undefined ? {} : { org: { uid: authority } };
  const session = device === undefined ? {} : { session: { issuer: device } };
  return { actor: { user: { uid: person, ...org }, ...session } };
}

function attestation(index: number, hash: Uint8Array, { origin, signatures }: RenderedLog): object {
  return {
    uid: String(index),
    chain_uid: origin,
    fingerprint: { ...SHA_256, value: toHex(hash) },
    ...(index === 0 ? {} : { prev_event: { uid: String(index - 1) } }),
    authority_uid: origin,
    signatures: signatures.map(({ key, signature }) => ({
      algorithm: `${schemeOf(key)}, ${key.type === keyTypes.log ? 'signed-note' : 'tlog-cosignature'}`,
      algorithm_id: OTHER,
      certificate: { subject: key.name, uid: key.keyId },
      digest: { algorithm: schemeOf(key), algorithm_id: OTHER, value: toBase64(signature) },
      state: 'Valid',
      state_id: 1,
    })),
  };
}

function schemeOf({ type }: { readonly type: KeyType }): string {
  return type === keyTypes.mlDsaCosignature ? 'ML-DSA-44' : 'Ed25519';
}
