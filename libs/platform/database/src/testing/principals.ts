import { parseAuthorityId, parseDeviceId, parsePersonId, parsePostId } from '@rogatory/kernel';
import type { DevicePrincipal } from '../principal.js';

/** A device principal whose ids are made of one number, for tests. */
export function testPrincipal(number: number): DevicePrincipal {
  const id = (kind: string) => kind + number.toString(16).padStart(31, '0');
  return {
    kind: 'device',
    device: parseDeviceId(id('d')),
    person: parsePersonId(id('e')),
    authority: parseAuthorityId(id('a')),
    post: parsePostId(id('b')),
  };
}
