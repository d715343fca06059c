import { describe, expect, it } from '@jest/globals';
import type { ActId, AuthorityId, DeviceId, PersonId } from '@rogatory/kernel';
import { auditObjectKinds, auditPurposes, decodeAuditLeaf } from '@rogatory/protocol';
import { utf8 } from '@rogatory/kernel';
import type { OpenRecord } from './open-record.js';
import { listToRecipient, type WantedRecipient } from './recipients.js';

const id = (byte: string) => byte.repeat(16);
const [authority, other] = [id('a1') as AuthorityId, id('a2') as AuthorityId];
const [person, somebody] = [id('b1') as PersonId, id('b2') as PersonId];
const leafOf = (recordId: string) =>
  decodeAuditLeaf(
    utf8(
      `{"cls":"disclosure","com":{"what":"${'A'.repeat(43)}"},"ev":"compartment.deliver","id":"${recordId}","ms":"EU","out":"allowed","rc":"ok","t":1795392000000,"v":1}`,
    ),
  );

/** Record `index` is handed to whom the index says; one without facts stands between. */
function recordAt(index: number): OpenRecord {
  const recordId = index.toString(16).padStart(32, '0') as ActId;
  const to =
    index % 4 === 0 ? { authorityId: authority, personId: person } : { authorityId: other, personId: somebody };
  const recipients = [{ ...to, deviceId: id('d1') as DeviceId }];
  const what = { objectKind: auditObjectKinds.none, version: 0, bytes: 0, count: 1, recipients, detail: '' };
  const facts = {
    isSigned: false,
    provenIn: undefined,
    provenLog: undefined,
    erased: [],
    restrictedTo: undefined,
    notes: [],
  };
  return {
    recordId,
    index,
    leaf: leafOf(recordId),
    leafBytes: utf8(''),
    groups: index % 4 === 2 ? {} : { what },
    ...facts,
  };
}

const PAGE = 5;
const list = async (_: unknown, __: unknown, { beforeIndex = 23 }: { readonly beforeIndex?: number }) => {
  const records = Array.from({ length: Math.min(PAGE, beforeIndex) }, (_none, n) => recordAt(beforeIndex - 1 - n));
  const last = beforeIndex - records.length;
  return { records, nextBeforeIndex: last === 0 ? undefined : last };
};
const ask = (recipient: WantedRecipient, first: number, beforeIndex?: number) =>
  listToRecipient(
    list,
    { review: { purpose: auditPurposes.lawfulness }, filter: {}, recipient },
    { first, ...(beforeIndex === undefined ? {} : { beforeIndex }) },
  );
const indices = ({ records }: Awaited<ReturnType<typeof ask>>) => records.map(({ index }) => index);

describe('records of a recipient', () => {
  it('are chosen by the opened facts over every page', async () => {
    const all = await ask({ authority }, 100);
    expect([indices(all), all.nextBeforeIndex, all.examined]).toEqual([[20, 16, 12, 8, 4, 0], undefined, 23]);
    expect(indices(await ask({ person: somebody, authority: other }, 3))).toEqual([21, 19, 17]);
    expect(indices(await ask({ person, authority: other }, 100))).toEqual([]);
  });

  it('go on behind the last one that was shown', async () => {
    const first = await ask({ person }, 2);
    expect([indices(first), first.nextBeforeIndex]).toEqual([[20, 16], 16]);
    expect(indices(await ask({ person }, 3, first.nextBeforeIndex))).toEqual([12, 8, 4]);
  });
});
