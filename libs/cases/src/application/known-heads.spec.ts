import { describe, expect, it } from '@jest/globals';
import type { AuthorityId, CaseId, CompartmentId, DeviceId } from '@rogatory/kernel';
import type { CompartmentHead } from '../domain/compartment.js';
import { KnownHeads } from './known-heads.js';

function head(id: string, change: Partial<CompartmentHead> = {}): CompartmentHead {
  return {
    ...{ compartmentId: id as CompartmentId, caseId: 'aa' as CaseId, chainSeq: 3, linkHash: new Uint8Array(32) },
    ...{ epoch: 2, isClosed: false, contentSize: 9, contentRoot: new Uint8Array(32) },
    ...{ contentFrontier: new Uint8Array(40), creatorDevice: 'd1' as DeviceId, ownerAuthorityId: 'a1' as AuthorityId },
    ...{ createdAtMs: 1, frozenUntilMs: 0, frozenFor: undefined, ...change },
  };
}

describe('KnownHeads', () => {
  it('gives compartments with their root chains first, or nothing', () => {
    const known = new KnownHeads();
    const [one, two] = ['bb' as CompartmentId, 'cc' as CompartmentId];
    known.put(head('bb'));
    expect(known.of([one])).toBeUndefined();
    known.put(head('aa'));
    known.put(head('cc'));
    expect(known.of([two, one])?.map(({ compartmentId }) => compartmentId)).toEqual(['aa', 'cc', 'bb']);
    known.forget(one);
    expect(known.of([two, one])).toBeUndefined();
    expect(known.of([two])).toHaveLength(2);
  });
});
