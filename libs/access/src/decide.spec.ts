import { describe, expect, it } from '@jest/globals';
import type { AuthorityId, DeviceId, PersonId, PostId } from '@rogatory/kernel';
import { caseActs, caseRoles, postKinds, type PostKind, roleMay, roleMask } from '@rogatory/protocol';
import { accessRefused, decide, demand, refusalReason } from './decide.js';
import { explain, operationTable, roleTable } from './explain.js';
import { isOperation, operations, type Operation } from './operations.js';
import type { Principal } from './principal.js';

function principal(postKind: PostKind): Principal {
  return {
    deviceId: '1'.repeat(32) as DeviceId,
    personId: '2'.repeat(32) as PersonId,
    postId: '3'.repeat(32) as PostId,
    authorityId: '4'.repeat(32) as AuthorityId,
    state: 'XA',
    postKind,
    roleCeiling: roleMask(caseRoles.lead),
    signingKey: new Uint8Array(32),
    sessionId: 's',
  };
}

const names = Object.keys(operations) as Operation[];

describe('decide', () => {
  it('refuses every operation that is not public to nobody', () => {
    const open = names.filter((name) => decide(undefined, name, { isOwn: true }).isAllowed);
    expect(open).toEqual(names.filter((name) => operations[name].kind === 'public'));
    expect(open).toHaveLength(11);
  });

  it('gives a witness what it replays and nothing else, and a device never what is for witnesses', () => {
    const forWitness = names.filter((name) => decide(undefined, name, { isWitness: true }).isAllowed);
    expect(forWitness.filter((name) => operations[name].kind !== 'public')).toEqual(['route.directoryReplay']);
    for (const kind of Object.values(postKinds)) {
      const refusal = { isAllowed: false, reason: 'not-a-witness' };
      expect(decide(principal(kind), 'route.directoryReplay', { isOwn: true })).toEqual(refusal);
    }
  });

  it('refuses an operation that no rule names', () => {
    expect(isOperation('query.everything')).toBe(false);
    expect(decide(principal(postKinds.judge), 'query.everything' as Operation)).toEqual({
      isAllowed: false,
      reason: 'unknown-operation',
    });
    expect(isOperation('toString')).toBe(false);
  });

  it('gives an auditor the log and no case content', () => {
    const auditor = principal(postKinds.auditor);
    expect(decide(auditor, 'query.auditRecords').isAllowed).toBe(true);
    for (const name of names.filter((candidate) => operations[candidate].kind.startsWith('member'))) {
      expect(decide(auditor, name)).toEqual({ isAllowed: false, reason: 'not-a-member' });
    }
    expect(decide(auditor, 'mutation.createCase')).toEqual({ isAllowed: false, reason: 'wrong-post' });
  });

  it('keeps the log from everybody but auditors', () => {
    for (const kind of [postKinds.prosecutor, postKinds.judge, postKinds.liaisonOfficer, postKinds.registrar]) {
      expect(decide(principal(kind), 'query.auditRecords')).toEqual({ isAllowed: false, reason: 'wrong-post' });
    }
  });

  it('follows the role × act table for whatever is posted', () => {
    for (const role of Object.values(caseRoles)) {
      for (const act of caseActs) {
        const facts = { act, membership: { role, isClosed: false } };
        expect(decide(principal(postKinds.judge), 'mutation.postItem', facts).isAllowed).toBe(roleMay(role, act));
      }
    }
  });

  it('lets a closed case be read and reopened, and nothing be added', () => {
    const membership = { role: caseRoles.lead, isClosed: true };
    const may = (act: (typeof caseActs)[number]) =>
      decide(principal(postKinds.judge), 'mutation.appendLinks', { act, membership }).isAllowed;
    expect([may('read'), may('reopen'), may('remove')]).toEqual([true, true, true]);
    expect([may('post'), may('add'), may('addDocument'), may('compartment')]).toEqual([false, false, false, false]);
  });

  it('answers absent and forbidden alike', () => {
    const absent = caught(() => demand(principal(postKinds.judge), 'query.case'));
    const forbidden = caught(() =>
      demand(principal(postKinds.judge), 'mutation.addDocument', {
        membership: { role: caseRoles.reader, isClosed: false },
      }),
    );
    expect([absent.code, absent.message, absent.details]).toEqual([
      forbidden.code,
      forbidden.message,
      forbidden.details,
    ]);
    expect([refusalReason(absent), refusalReason(forbidden)]).toEqual(['not-a-member', 'role']);
    expect(refusalReason(new Error('else'))).toBeUndefined();
  });
});

describe('explain', () => {
  it('names the deciding line or the reason', () => {
    expect(explain(principal(postKinds.auditor), 'query.auditRecords')).toBe('Allowed by query.auditRecords:post.');
    expect(explain(undefined, 'query.cases')).toBe('Refused: Nobody is logged in.');
  });

  it('lists every operation and every act once', () => {
    expect(operationTable().split('\n')).toHaveLength(names.length + 2);
    expect(roleTable().split('\n')).toHaveLength(caseActs.length + 2);
  });
});

function caught(run: () => unknown): ReturnType<typeof accessRefused> {
  try {
    run();
  } catch (error) {
    return error as ReturnType<typeof accessRefused>;
  }
  throw new Error('nothing was refused');
}
