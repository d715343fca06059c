import { describe, expect, it } from '@jest/globals';
import type { AuthorityId, CompartmentId, DeviceId, PersonId } from '@rogatory/kernel';
import { type Cut, decodeCut, encodeCut, membershipPlace } from './cut.js';

const short = '0123456789abcdef0123456789abcdef';
const long = 'f'.repeat(32) + short;
const place = membershipPlace(long as CompartmentId, short as DeviceId);

describe('cut', () => {
  const cuts: readonly Cut[] = [
    { kind: 'session', sessionId: short },
    { kind: 'device', deviceId: short as DeviceId },
    { kind: 'person', personId: short as PersonId },
    { kind: 'authority', authorityId: short as AuthorityId },
    { kind: 'membership', place },
  ];

  it.each(cuts)('travels as an id that the bus carries: $kind', (cut) => {
    const id = encodeCut(cut);
    expect(id).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    expect(decodeCut(id ?? '')).toEqual(cut);
  });

  it('reads what it does not know as everyone', () => {
    expect(decodeCut('x123')).toEqual({ kind: 'everyone' });
    expect(encodeCut({ kind: 'everyone' })).toBeUndefined();
  });

  it('tells places apart by compartment and by device', () => {
    expect(membershipPlace(long as CompartmentId, 'a'.repeat(32) as DeviceId)).not.toBe(place);
    expect(membershipPlace(('0' + long.slice(1)) as CompartmentId, short as DeviceId)).not.toBe(place);
  });
});
