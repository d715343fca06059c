import { type AuthorityId, equalBytes } from '@rogatory/kernel';
import { hash } from '@rogatory/crypto/verify';
import {
  authorityKinds,
  type AuthorityRecord,
  contexts,
  signaturePurposes,
  type SignedAuthorityRecord,
} from '@rogatory/protocol';
import type { DirectoryAuthority } from '../directory-records.js';
import type { DirectoryStore } from '../directory-store.js';
import { isNoAuthority } from '../directory-view.js';
import { demand, refusal } from '../pki.errors.js';
import { demandKemKey, demandSigningKey, demandSuite, type EntryScene } from './entry-checks.js';
import { demandKeyThreshold } from './signers.js';

/** H(kemKey, X-Wing public key): how members and key owners name a KEM key. */
export function kemKeyHashOf(kemKey: Uint8Array): Uint8Array {
  return hash(contexts.kemKey, kemKey);
}

/** SPEC: directory 4 — t root keys sign; serials count up by one; id, state, kind and demo mark are for good. */
export function checkAuthority(scene: EntryScene, signed: SignedAuthorityRecord): DirectoryAuthority {
  const { record, signedBytes } = signed;
  const root = scene.view.root();
  if (root === undefined) throw refusal('directory/first-entry');
  const previous = scene.view.authority(record.authorityId)?.record;
  demandSuite(record.suite);
  demand(!isNoAuthority(record.authorityId), 'directory/unknown-authority');
  demand(record.serial === (previous?.serial ?? 0) + 1, 'directory/serial');
  if (previous !== undefined) demandSameAuthority(previous, record);
  demandOversight(scene, record);
  for (const key of record.registrarKeys) demandRegistrarKey(scene, record.authorityId, key);
  const statement = { purpose: signaturePurposes.authority, signedBytes };
  demandKeyThreshold(scene, statement, signed.signatures, root.root);
  return { authorityId: record.authorityId, record, index: scene.index };
}

function demandSameAuthority(previous: AuthorityRecord, record: AuthorityRecord): void {
  const isSame = previous.state === record.state && previous.kind === record.kind && previous.isDemo === record.isDemo;
  demand(isSame, 'directory/fixed-field');
}

function demandRegistrarKey(scene: EntryScene, authorityId: AuthorityId, key: Uint8Array): void {
  demandSigningKey(scene, key);
  const owner = scene.view.keyOwner(key);
  const isFree = owner === undefined || (owner.kind === 'registrar' && owner.authorityId === authorityId);
  demand(isFree, 'directory/key-reused');
}

/** An oversight body answers for itself; any other authority has one of its own state (third countries: any). */
function demandOversight(scene: EntryScene, record: AuthorityRecord): void {
  if (record.kind === authorityKinds.oversightBody) {
    demand(isNoAuthority(record.oversightAuthorityId), 'directory/oversight');
    demandKemKey(scene, record.oversightKemKey);
    const owner = scene.view.keyOwner(kemKeyHashOf(record.oversightKemKey));
    const isFree = owner === undefined || (owner.kind === 'oversight' && owner.authorityId === record.authorityId);
    demand(isFree, 'directory/key-reused');
    return;
  }
  const body = scene.view.authority(record.oversightAuthorityId)?.record;
  demand(body !== undefined && body.kind === authorityKinds.oversightBody, 'directory/oversight');
  const isOwnBody = body.state === record.state || record.kind === authorityKinds.thirdCountryAuthority;
  const isSameWorld = body.isDemo === record.isDemo && !body.isSuspended;
  demand(isOwnBody && isSameWorld, 'directory/oversight');
  demand(equalBytes(body.oversightKemKey, record.oversightKemKey), 'directory/oversight');
}

export function keepAuthority(store: DirectoryStore, authority: DirectoryAuthority): void {
  const { authorityId, record, index } = authority;
  store.setAuthority(authority);
  for (const key of record.registrarKeys) store.setKeyOwner(key, index, { kind: 'registrar', authorityId });
  if (record.kind === authorityKinds.oversightBody) {
    store.setKeyOwner(kemKeyHashOf(record.oversightKemKey), index, { kind: 'oversight', authorityId });
  }
}
