import { describe, expect, it } from '@jest/globals';
import type { AuthorityId, CaseId, CompartmentId, DeviceId, ObjectId, PersonId, PostId } from '@rogatory/kernel';
import { isRogatoryError, toHex } from '@rogatory/kernel';
import {
  auditActorKinds,
  auditObjectKinds,
  type AuditSource,
  auditSourceOf,
  type AuditWhat,
  type AuditWho,
  decodeAuditSource,
  decodeAuditWhat,
  decodeAuditWho,
  encodeAuditSource,
  encodeAuditWhat,
  encodeAuditWho,
} from './audit-groups.js';

const id = <Id extends string>(byte: string, length = 16) => byte.repeat(length) as Id;

const device: AuditWho = {
  kind: auditActorKinds.device,
  deviceId: id<DeviceId>('d1'),
  personId: id<PersonId>('e1'),
  postId: id<PostId>('b1'),
  authorityId: id<AuthorityId>('a1'),
  state: 'FR',
  sessionHash: new Uint8Array(32).fill(7),
  caseRole: 2,
};
const unproven: AuditWho = { kind: auditActorKinds.unproven, state: 'EU', caseRole: 0 };
const delivery: AuditWhat = {
  caseId: id<CaseId>('ca', 32),
  compartmentId: id<CompartmentId>('c0', 32),
  ownerAuthorityId: id<AuthorityId>('a2'),
  objectKind: auditObjectKinds.file,
  objectId: id<ObjectId>('0b'),
  version: 4,
  objectHash: new Uint8Array(32).fill(9),
  bytes: 5_000_000_000,
  count: 2,
  recipients: [{ authorityId: id('a3'), personId: id('e3'), deviceId: id('d3') }],
  detail: 'part=3',
};
const nothing: AuditWhat = {
  objectKind: auditObjectKinds.none,
  version: 0,
  bytes: 0,
  count: 0,
  recipients: [],
  detail: '',
};
const source: AuditSource = { address: '192.0.2.7', client: 'rogatory/0.1.0', requestId: 'r-1' };

/** Cuts and bytes appended are refused; a flipped bit gives a refusal or other facts, never the same. */
function expectStrict<Value>(
  bytes: Uint8Array,
  decode: (bytes: Uint8Array) => Value,
  encode: (value: Value) => Uint8Array,
) {
  for (let end = 0; end < bytes.length; end++) expect(() => decode(bytes.slice(0, end))).toThrow();
  expect(() => decode(Uint8Array.of(...bytes, 0))).toThrow();
  for (let at = 0; at < bytes.length; at++) {
    const flipped = bytes.slice();
    flipped[at] = (flipped[at] as number) ^ 1;
    try {
      expect(toHex(encode(decode(flipped)))).toBe(toHex(flipped));
    } catch (error) {
      if (!isRogatoryError(error)) throw error;
      expect(error.family).toBe('codec');
    }
  }
}

describe('groups of an audit record', () => {
  it('gives back what was written', () => {
    for (const who of [device, unproven]) expect(decodeAuditWho(encodeAuditWho(who))).toEqual(who);
    for (const what of [delivery, nothing]) expect(decodeAuditWhat(encodeAuditWhat(what))).toEqual(what);
    expect(decodeAuditSource(encodeAuditSource(source))).toEqual(source);
  });

  it('has one encoding and refuses every other', () => {
    expectStrict(encodeAuditWho(device), decodeAuditWho, encodeAuditWho);
    expectStrict(encodeAuditWhat(delivery), decodeAuditWhat, encodeAuditWhat);
    expectStrict(encodeAuditSource(source), decodeAuditSource, encodeAuditSource);
  });

  it('has the bytes of the specification', () => {
    const zeros = (length: number) => '00'.repeat(length);
    const who = ['52475531', '02', zeros(16), zeros(16), zeros(16), zeros(16), '4555', zeros(32), '00'];
    expect(toHex(encodeAuditWho(unproven))).toBe(who.join(''));
    const place = ['52474231', zeros(32), zeros(32), zeros(16), '00', zeros(16), zeros(4), zeros(32)];
    const amounts = [zeros(8), zeros(4), zeros(4), '0000'];
    expect(toHex(encodeAuditWhat(nothing))).toBe([...place, ...amounts].join(''));
    expect(toHex(encodeAuditSource({ address: 'a', client: '', requestId: 'b' }))).toBe('524746310001610000000162');
  });

  it('refuses a device without its ids, a state that is none, and text in the detail', () => {
    const { postId: _post, ...incomplete } = device;
    expect(() => decodeAuditWho(encodeAuditWho(incomplete))).toThrow('a device actor without its ids');
    expect(() => encodeAuditWho({ ...device, state: 'fr' })).toThrow('not a state code');
    expect(() => encodeAuditWhat({ ...nothing, detail: 'Müller' })).toThrow('not a detail of a record');
    expect(() => encodeAuditWhat({ ...nothing, detail: 'x'.repeat(2_001) })).toThrow('not a detail of a record');
  });

  it('makes foreign text fit for a source', () => {
    const hostile = { address: 'x'.repeat(999), client: 'evil\u001b[31m\r\n"agent"\u202e', requestId: '' };
    const fit = auditSourceOf(hostile);
    expect(decodeAuditSource(encodeAuditSource(fit))).toEqual(fit);
    expect(fit.address).toHaveLength(64);
    expect(fit.client).toBe('evil?[31m??"agent"?');
  });
});
