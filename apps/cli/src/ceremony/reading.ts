import { toHex } from '@rogatory/kernel';
import { registrarKeyIdOf, rolesIn, rootFingerprint, rootHashOf } from '@rogatory/pki';
import {
  authorityKinds,
  caseRoles,
  nameOf,
  postKinds,
  revocationActions,
  revocationReasons,
  revocationTargets,
} from '@rogatory/protocol';
import { isoTime, type Json } from '../run/outcome.js';
import { contentOf, type PaperPart } from './paper.js';

/** What a part says, in words, for the holder who is to sign it. Made of its bytes and of nothing else. */
export function readingOf(part: PaperPart): { readonly [field: string]: Json } {
  const content = contentOf(part);
  switch (content.kind) {
    case 'root': {
      const { version, threshold, keys, time } = content.root;
      const hash = rootHashOf(part.body);
      const pin = { rootHash: toHex(hash), rootFingerprint: rootFingerprint(hash).words.join(' ') };
      return { version, threshold, keys: keys.map(registrarKeyIdOf), ...pin, signedAt: isoTime(time.timeMs) };
    }
    case 'authority': {
      const { record } = content;
      return {
        authorityId: record.authorityId,
        serial: record.serial,
        name: record.name,
        state: record.state,
        kind: nameOf(authorityKinds, record.kind),
        territory: record.territory,
        languages: record.languages,
        instruments: record.instruments,
        isCentralAuthority: record.isCentralAuthority,
        isDemo: record.isDemo,
        isSuspended: record.isSuspended,
        registrarThreshold: record.registrarThreshold,
        registrarKeys: record.registrarKeys.map(registrarKeyIdOf),
        oversightAuthorityId: record.oversightAuthorityId,
        signedAt: isoTime(record.time.timeMs),
      };
    }
    case 'person': {
      const { certificate } = content;
      return {
        personId: certificate.personId,
        authorityId: certificate.authorityId,
        serial: certificate.serial,
        postId: certificate.postId,
        postKind: nameOf(postKinds, certificate.postKind),
        roles: rolesIn(certificate.roleCeiling).map((role) => nameOf(caseRoles, role)),
        ...periodOf(certificate),
      };
    }
    case 'device': {
      const { certificate } = content;
      return {
        deviceId: certificate.deviceId,
        personId: certificate.personId,
        authorityId: certificate.authorityId,
        serial: certificate.serial,
        ...periodOf(certificate),
      };
    }
    case 'revocation': {
      const { revocation } = content;
      return {
        action: nameOf(revocationActions, revocation.action),
        target: nameOf(revocationTargets, revocation.target),
        targetId: revocation.targetId,
        reason: nameOf(revocationReasons, revocation.reason),
        authorityId: revocation.authorityId,
        serial: revocation.serial,
        signedAt: isoTime(revocation.time.timeMs),
      };
    }
  }
}

function periodOf(period: { readonly notBeforeMs: number; readonly notAfterMs: number }) {
  return { validFrom: isoTime(period.notBeforeMs), validUntil: isoTime(period.notAfterMs) };
}
