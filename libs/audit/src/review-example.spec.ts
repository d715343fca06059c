import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { type AuthorityId, type CaseId, type CompartmentId, fromHex, toHex, utf8 } from '@rogatory/kernel';
import { epochPosition, nextEpochDigest } from '@rogatory/crypto/verify';
import {
  decodeEpochEntry,
  encodeEpochEntry,
  encodeEpochSubject,
  type EpochEntry,
  epochSubjectKinds,
} from '@rogatory/protocol';
import { verifyPosition } from '@rogatory/tlog';
import { epochCommitment } from '@rogatory/crypto/verify';
import { headsEntry } from './application/epochs/compartment-heads.js';
import { EpochMap, epochPlace } from './application/epochs/epoch-map.js';

const text = readFileSync(new URL('../../../docs/spec/review.md', import.meta.url), 'utf8').replaceAll(/\s+/g, '');
const origin = 'rogatory.example/audit/log/2026h2';
const leaf = fromHex('ca28365eee419d8b1d5dfbb49813de4f03208c3e11cac9b350d6f05156d0918c');

it('has the values of the specification', async () => {
  const caseId = 'ca'.repeat(32) as CaseId;
  const subject = { kind: epochSubjectKinds.case, authority: 'a1'.repeat(16) as AuthorityId, caseId };
  const other = { kind: epochSubjectKinds.actorAuthority, authority: 'a2'.repeat(16) as AuthorityId };
  const first = nextEpochDigest(new Uint8Array(32), 4, leaf);
  const digest = nextEpochDigest(first, 9, leaf);
  const entries: readonly EpochEntry[] = [
    { subject, count: 2, lastIndex: 9, digest },
    { subject: other, count: 0, lastIndex: 0, digest: new Uint8Array(32) },
  ];
  const map = await EpochMap.build(epochPlace(origin, new Uint8Array(32).fill(0x35)), entries, async () => undefined);
  const shown = map.show(subject);
  if (shown === undefined) throw new Error('the case is not in the map');
  const position = epochPosition(utf8(origin), encodeEpochSubject(subject));
  const commitment = epochCommitment(shown.opening, shown.entry);
  verifyPosition(map.root, position, { commitment, siblings: shown.siblings });
  expect(decodeEpochEntry(shown.entry)).toEqual(entries[0]);
  const values = [first, digest, position, shown.opening, commitment, map.root, shown.entry];
  for (const value of values) expect(text).toContain(toHex(value));
  expect(text).toContain(toHex(epochPosition(utf8(origin), encodeEpochSubject(other))));
  expect(text).toContain(shown.siblings.map(toHex).join(''));
});

it('has the values of a compartment', () => {
  const compartmentId = 'c1'.repeat(32) as CompartmentId;
  const [linkHash, contentRoot] = [new Uint8Array(32).fill(0x11), new Uint8Array(32).fill(0x22)];
  const entry = headsEntry({ compartmentId, links: 2, contentSize: 6, linkHash, contentRoot });
  expect(decodeEpochEntry(encodeEpochEntry(entry))).toEqual(entry);
  const values = [
    entry.digest,
    epochPosition(utf8(origin), encodeEpochSubject(entry.subject)),
    encodeEpochEntry(entry),
  ];
  for (const value of values) expect(text).toContain(toHex(value));
});
