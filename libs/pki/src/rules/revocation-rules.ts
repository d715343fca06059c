import { type AuthorityId, type DeviceId, type PersonId } from '@rogatory/kernel';
import {
  type AuthorityRecord,
  type Revocation,
  type RevocationAction,
  revocationActions,
  revocationTargets,
  signaturePurposes,
  type SignedRevocation,
} from '@rogatory/protocol';
import type { Standing } from '../directory-records.js';
import { demand, refusal } from '../pki.errors.js';
import { demandSuite, type EntryScene } from './entry-checks.js';
import { activeAuthority } from './person-rules.js';
import { type CountedSigners, countSigners } from './signers.js';

/** How many registrars end a person: two, whatever the threshold, so that a large one never slows a cut-off. */
const REGISTRARS_TO_REVOKE_PERSON = 2;

interface Target {
  readonly authorityId: AuthorityId;
  /** Whose other devices may sign; undefined for a person, whom only registrars end. */
  readonly personId: PersonId | undefined;
}

/**
 * SPEC: directory 8 — a device: another live device of the person, or one registrar; a person: two registrars.
 * What ends is never lifted by a device: reinstating takes one registrar for a device, the threshold for a person.
 */
export function checkRevocation(scene: EntryScene, signed: SignedRevocation): Standing {
  const { revocation, signedBytes } = signed;
  demandSuite(revocation.suite);
  const target = targetOf(scene, revocation);
  demand(target.authorityId === revocation.authorityId, 'directory/fixed-field');
  const authority = activeAuthority(scene, revocation.authorityId);
  const before = scene.view.standing(revocation.target, revocation.targetId);
  demand(revocation.serial === before.serial + 1, 'directory/serial');
  const status = next(before.status, revocation.action);
  if (status === undefined) throw refusal('directory/standing');
  const statement = { purpose: signaturePurposes.revocation, signedBytes };
  const allowed = { authority, personId: target.personId };
  const signers = countSigners(scene, statement, signed.signatures, allowed);
  demand(!signers.devices.includes(revocation.targetId as DeviceId), 'directory/signer');
  demand(mayDo(revocation, signers, authority), 'directory/threshold');
  return { status, serial: revocation.serial, reason: revocation.reason, index: scene.index };
}

function targetOf(scene: EntryScene, { target, targetId }: Revocation): Target {
  if (target === revocationTargets.person) {
    const person = scene.view.person(targetId as PersonId);
    if (person === undefined) throw refusal('directory/unknown-target');
    return { authorityId: person.authorityId, personId: undefined };
  }
  const device = scene.view.device(targetId as DeviceId);
  if (device === undefined) throw refusal('directory/unknown-target');
  return { authorityId: device.authorityId, personId: device.personId };
}

function next(status: Standing['status'], action: RevocationAction): Standing['status'] | undefined {
  if (status === 'revoked') return undefined;
  if (action === revocationActions.revoke) return 'revoked';
  if (action === revocationActions.suspend) return status === 'live' ? 'suspended' : undefined;
  return status === 'suspended' ? 'live' : undefined;
}

function mayDo(revocation: Revocation, signers: CountedSigners, authority: AuthorityRecord): boolean {
  const isLifting = revocation.action === revocationActions.reinstate;
  if (revocation.target === revocationTargets.device) {
    return signers.registrars >= 1 || (!isLifting && signers.devices.length >= 1);
  }
  return signers.registrars >= (isLifting ? authority.registrarThreshold : REGISTRARS_TO_REVOKE_PERSON);
}
