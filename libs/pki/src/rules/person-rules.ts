import type { AuthorityId } from '@rogatory/kernel';
import { hash } from '@rogatory/crypto/verify';
import {
  authorityKinds,
  type AuthorityRecord,
  contexts,
  type PersonCertificate,
  postKinds,
  signaturePurposes,
  type SignedPersonCertificate,
} from '@rogatory/protocol';
import type { DirectoryPerson } from '../directory-records.js';
import { demand, refusal } from '../pki.errors.js';
import { isSaneCeiling } from '../role-ceiling.js';
import { demandPeriod, demandSuite, type EntryScene } from './entry-checks.js';
import { countSigners } from './signers.js';

/** H(certificate, signed bytes of a person or device certificate). */
export function certificateHashOf(signedBytes: Uint8Array): Uint8Array {
  return hash(contexts.certificate, signedBytes);
}

/** The record in force of an authority whose registrars may sign now. */
export function activeAuthority(scene: EntryScene, id: AuthorityId): AuthorityRecord {
  const authority = scene.view.authority(id);
  if (authority === undefined) throw refusal('directory/unknown-authority');
  demand(!authority.record.isSuspended, 'directory/suspended');
  return authority.record;
}

/** SPEC: directory 5 — the authority's threshold of its own registrars signs; serials count up; the authority is for good. */
export function checkPerson(scene: EntryScene, signed: SignedPersonCertificate): DirectoryPerson {
  const { certificate, signedBytes } = signed;
  const { personId, authorityId } = certificate;
  demandSuite(certificate.suite);
  const authority = activeAuthority(scene, authorityId);
  const previous = scene.view.person(personId);
  demand(certificate.serial === (previous?.certificate.serial ?? 0) + 1, 'directory/serial');
  if (previous !== undefined) {
    demand(previous.authorityId === authorityId, 'directory/fixed-field');
    demand(scene.view.personStanding(personId).status === 'live', 'directory/not-live');
  }
  demandPost(authority, certificate);
  demandPeriod(scene, certificate);
  const statement = { purpose: signaturePurposes.personCertificate, signedBytes };
  const signers = countSigners(scene, statement, signed.signatures, { authority, personId: undefined });
  demand(signers.registrars >= authority.registrarThreshold, 'directory/threshold');
  return { personId, authorityId, certificate, certificateHash: certificateHashOf(signedBytes), index: scene.index };
}

/** Auditors sit in oversight bodies only, and there sits nobody else who could take part in a case. */
function demandPost(authority: AuthorityRecord, certificate: PersonCertificate): void {
  const isOversight = authority.kind === authorityKinds.oversightBody;
  const isAuditor = certificate.postKind === postKinds.auditor;
  const isRegistrar = certificate.postKind === postKinds.registrar;
  demand(isRegistrar || isAuditor === isOversight, 'directory/post-kind');
  demand(isSaneCeiling(certificate.postKind, certificate.roleCeiling), 'directory/role-ceiling');
}
