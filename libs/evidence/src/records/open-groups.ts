import { fromBase64Url, VerificationError } from '@rogatory/kernel';
import { checkCommitment } from '@rogatory/crypto/verify';
import {
  type AuditLeaf,
  type AuditSource,
  type AuditWhat,
  type AuditWho,
  decodeAuditSource,
  decodeAuditWhat,
  decodeAuditWho,
  decodeSignedAct,
  decodeWhy,
  type SignedAct,
  type Why,
} from '@rogatory/protocol';
import { exportGroups, type GroupOpenings } from '../export/export-file.js';

/** Groups that were found to be the ones that the leaf commits to. */
export interface ReadGroups {
  readonly who?: AuditWho;
  readonly what?: AuditWhat;
  readonly why?: Why;
  readonly src?: AuditSource;
  readonly act?: SignedAct;
}

/**
 * SPEC: audit 10: for each opened group the commitment, and its strict form.
 * @throws VerificationError `crypto/commitment`, `evidence/not-committed`; CodecError on a group outside its format.
 */
export function readGroups(leaf: AuditLeaf, openings: GroupOpenings): ReadGroups {
  for (const label of exportGroups) {
    const given = openings[label];
    if (given === undefined) continue;
    const commitment = leaf.com[label];
    if (commitment === undefined) {
      throw new VerificationError('evidence/not-committed', 'the leaf commits to no such group');
    }
    checkCommitment({ label, ...given }, fromBase64Url(commitment));
  }
  const { who, what, why, src, act } = openings;
  return {
    ...(who && { who: decodeAuditWho(who.bytes) }),
    ...(what && { what: decodeAuditWhat(what.bytes) }),
    ...(why && { why: decodeWhy(why.bytes) }),
    ...(src && { src: decodeAuditSource(src.bytes) }),
    ...(act && { act: decodeSignedAct(act.bytes) }),
  };
}
