import { describe, expect, it } from '@jest/globals';
import { CodecError, limits, RefusedError, Secret, VerificationError } from '@rogatory/kernel';
import { KemKey } from '@rogatory/crypto/seal';
import { decodeBox, encodeBox, keyKinds, type Prekey, currentSuite, decodeSignedPrekey } from '@rogatory/protocol';
import { kemKeyHashOf, makePrekey, verifyPrekey } from '@rogatory/pki';
import { FederationWorld, seededRandom } from '@rogatory/pki/testing';
import { openKeyBox, sealKeyBox } from './boxes.js';
import { decodeDisclosedKeys, disclosedKinds, encodeDisclosedKeys, openDisclosureBox } from './disclosed-keys.js';
import { chooseRecipientKey, NO_PREKEY } from './recipient.js';

const random = seededRandom(31);
const federation = new FederationWorld(31);
const person = federation.person(federation.authority(federation.oversightBody()));
const device = federation.device(person);
const other = federation.device(person, device);
const contextHash = random(32);
const entries = [
  { kind: keyKinds.chain, epoch: 4, key: random(32) },
  { kind: keyKinds.read, epoch: 2, key: random(32) },
];
const own = { deviceId: device.id, deviceKey: device.kem, prekeys: [] };
const recipient = { deviceId: device.id, kemKey: device.kem.publicKey, prekeyHash: NO_PREKEY };

function prekeyOf(changes: Partial<Prekey> = {}, key = KemKey.generate(random)): { bytes: Uint8Array; key: KemKey } {
  const notBeforeMs = federation.nowMs - 1000;
  const prekey = {
    suite: currentSuite,
    deviceId: device.id,
    prekeyId: 1,
    kemKey: key.publicKey,
    notBeforeMs,
    notAfterMs: notBeforeMs + limits.maxPrekeyMs,
    ...changes,
  };
  return { bytes: makePrekey(prekey, device.signing), key };
}

const choose = (prekeys: readonly Uint8Array[], nowMs = federation.nowMs) =>
  chooseRecipientKey(
    { deviceId: device.id, kemKeyHash: kemKeyHashOf(device.kem.publicKey) },
    { directory: federation.view, nowMs, prekeysOf: () => prekeys },
  );

describe('boxes', () => {
  it('open for their device, link and purpose, and for nothing else', () => {
    const bytes = sealKeyBox({ recipient, contextHash, random }, entries);
    const box = decodeBox(bytes);
    expect(openKeyBox(box, own, contextHash)).toEqual(entries);
    const foreign = { deviceId: other.id, deviceKey: other.kem, prekeys: [] };
    const attempts = [
      () => openKeyBox(box, foreign, contextHash),
      () => openKeyBox({ ...box, deviceId: other.id }, foreign, contextHash),
      () => openKeyBox({ ...box, deviceId: other.id }, { ...own, deviceId: other.id }, contextHash),
      () => openKeyBox(box, own, random(32)),
      () => openKeyBox({ ...box, prekeyHash: random(32) }, own, contextHash),
      () => openDisclosureBox(box, own, contextHash),
    ];
    for (const attempt of attempts) expect(attempt).toThrow(expect.objectContaining({ code: 'crypto/open' }));
  });

  it('answer a change of any byte with one and the same refusal', () => {
    const bytes = sealKeyBox({ recipient, contextHash, random }, entries);
    for (let at = 16; at < bytes.length; at += 3) {
      const flipped = bytes.slice();
      flipped[at] = (flipped[at] as number) ^ 1;
      const open = () => openKeyBox(decodeBox(flipped), own, contextHash);
      const isLength = at >= 16 + 32 + 1120 && at < 16 + 32 + 1120 + 4;
      if (isLength) expect(open).toThrow(CodecError);
      else expect(open).toThrow(expect.objectContaining({ code: 'crypto/open' }));
    }
  });

  it('hold a bounded number of keys', () => {
    const [entry] = entries as [(typeof entries)[number]];
    const many = Array.from({ length: limits.maxBoxKeys + 1 }, () => entry);
    expect(() => sealKeyBox({ recipient, contextHash, random }, many)).toThrow(RefusedError);
    const most = decodeBox(sealKeyBox({ recipient, contextHash, random }, many.slice(1)));
    expect(openKeyBox(most, own, contextHash)).toHaveLength(limits.maxBoxKeys);
    expect(encodeBox(most).length).toBeLessThanOrEqual(limits.maxBoxBytes);
  });
});

describe('the key of a recipient', () => {
  it('is the newest valid prekey, and what is sealed to it opens', () => {
    const older = prekeyOf();
    const newer = prekeyOf({ prekeyId: 2 });
    const choice = choose([older.bytes, newer.bytes]);
    expect(choice).toMatchObject({ kind: 'prekey', key: { kemKey: newer.key.publicKey } });
    const { prekeyHash } = verifyPrekey(federation.view, newer.bytes, federation.nowMs);
    const withPrekey = { ...own, prekeys: [{ prekeyHash, key: newer.key }] };
    const box = decodeBox(sealKeyBox({ recipient: choice.key, contextHash, random }, entries));
    expect(openKeyBox(box, withPrekey, contextHash)).toEqual(entries);
    expect(() => openKeyBox(box, own, contextHash)).toThrow(VerificationError);
  });

  it('X08: is the certified key, visibly, where no prekey is acceptable', () => {
    const foreign = makePrekey({ ...decodeSignedPrekey(prekeyOf().bytes).prekey, deviceId: other.id }, other.signing);
    const forged = makePrekey(decodeSignedPrekey(prekeyOf().bytes).prekey, other.signing);
    const weak = prekeyOf({ kemKey: new Uint8Array(1216).fill(255) }).bytes;
    for (const bytes of [foreign, forged, weak, random(100), new Uint8Array(0)]) {
      expect(choose([bytes])).toEqual({ kind: 'device-key', key: recipient });
    }
    expect(choose([prekeyOf().bytes], federation.nowMs + limits.maxPrekeyMs).kind).toBe('device-key');
  });

  it('is never one that the member leaf does not name', () => {
    const judgement = { directory: federation.view, nowMs: federation.nowMs, prekeysOf: () => [] };
    const leaf = { deviceId: device.id, kemKeyHash: random(32) };
    expect(() => chooseRecipientKey(leaf, judgement)).toThrow(expect.objectContaining({ code: 'e2ee/recipient' }));
  });
});

describe('disclosed keys', () => {
  const key = { kind: disclosedKinds.item, itemHash: random(32), messageKey: new Secret(random(32)) };

  it('come back, and never more than a box holds', () => {
    const [back] = decodeDisclosedKeys(encodeDisclosedKeys([key]));
    expect(back?.itemHash).toEqual(key.itemHash);
    const most = encodeDisclosedKeys(Array.from({ length: limits.maxDisclosedKeys }, () => key));
    expect(most.length + 72 + 1172).toBeLessThanOrEqual(limits.maxBoxBytes);
    expect(() => encodeDisclosedKeys(Array.from({ length: limits.maxDisclosedKeys + 1 }, () => key))).toThrow(
      CodecError,
    );
    expect(() => encodeDisclosedKeys([])).toThrow(CodecError);
  });
});
