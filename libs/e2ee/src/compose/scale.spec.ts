import { describe, expect, it } from '@jest/globals';
import { limits, type PersonId } from '@rogatory/kernel';
import { type AppliedLink, applyLink, boxLeaf, verifyBox } from '@rogatory/chain';
import { FederationWorld, seededRandom, type WorldDevice } from '@rogatory/pki/testing';
import { caseRoles, decodeBox, encodeSignedLink } from '@rogatory/protocol';
import { inclusionProof, leafHash, nodeHash, type NodeId } from '@rogatory/tlog';
import { takeBox } from '../keys/take-box.js';
import { EpochKeyring } from '../keys/epoch-keyring.js';
import { contactPins, decideContact, type TrustDecisions } from '../trust/contacts.js';
import { composeCase } from './genesis.js';
import { composeRotate } from './renewal.js';
import type { AuthorScene } from './scene.js';

const PERSONS = 100;
const DEVICES_EACH = 10;
const BUDGET_BYTES = 2_500;

function enrolAll(federation: FederationWorld): WorldDevice[] {
  const office = federation.authority(federation.oversightBody());
  return Array.from({ length: PERSONS }, () => {
    const person = federation.person(office);
    const first = federation.device(person);
    return [first, ...Array.from({ length: DEVICES_EACH - 1 }, () => federation.device(person, first))];
  }).flat();
}

/** RFC 6962 proof of one box, as the server makes it. */
function proofOf(boxes: readonly Uint8Array[], index: number): Promise<Uint8Array[]> {
  const levels = [boxes.map((bytes) => leafHash(boxLeaf(decodeBox(bytes), bytes)))];
  for (let level = levels[0] as Uint8Array[]; level.length > 1; level = levels.at(-1) as Uint8Array[]) {
    const pairs = Math.floor(level.length / 2);
    levels.push(
      Array.from({ length: pairs }, (_, i) => nodeHash(level[2 * i] as Uint8Array, level[2 * i + 1] as Uint8Array)),
    );
  }
  const readHashes = (nodes: readonly NodeId[]) =>
    Promise.resolve(nodes.map(({ level, index: at }) => levels[level]?.[at] as Uint8Array));
  return inclusionProof(index, boxes.length, { readHashes });
}

describe('a compartment of 1,000 devices', () => {
  it('gives each of them a new key in less than 2,500 bytes: link, own box and proof', async () => {
    const federation = new FederationWorld(77);
    const devices = enrolAll(federation);
    const [author] = devices as [WorldDevice];
    const people = [...new Set(devices.map(({ person }) => person.id))].filter((id) => id !== author.person.id);
    const { state: directory, nowMs } = federation;
    const trustIn = (trust: TrustDecisions, personId: PersonId): TrustDecisions =>
      decideContact(trust, directory.view, { personId, pin: contactPins.accepted, nowMs });
    const notAfterMs = nowMs + limits.maxCertificateMs;
    const scene: AuthorScene = {
      author: { deviceId: author.id, personId: author.person.id, signingKey: author.signing },
      directory,
      directoryHead: { ...directory.head, timeMs: nowMs },
      prekeysOf: () => [],
      trust: people.reduce(trustIn, new Map()),
      time: federation.time,
      random: seededRandom(78),
    };
    const members = people.map((personId) => ({ personId, role: caseRoles.contributor, notAfterMs }));
    const genesis = composeCase(scene, { notAfterMs, members });
    expect(genesis.boxes).toHaveLength(PERSONS * DEVICES_EACH);
    expect(genesis.linkBytes.length).toBeLessThan(limits.maxLinkBytes);
    const rotated = composeRotate({ ...scene, state: genesis.next, keyring: genesis.keyring });
    const bytes = encodeSignedLink(rotated.signed);
    const applied: AppliedLink = applyLink(genesis.next, bytes, { directory });
    for (const index of [0, 511, 999]) {
      const box = rotated.boxes[index] as Uint8Array;
      const proof = await proofOf(rotated.boxes, index);
      const decoded = verifyBox(applied, { bytes: box, proof }, directory);
      const download = bytes.length + box.length + proof.length * 32;
      expect(download).toBeLessThan(BUDGET_BYTES);
      const own = devices.find(({ id }) => id === decoded.deviceId) as WorldDevice;
      const keyring = new EpochKeyring();
      const keys = { deviceId: own.id, deviceKey: own.kem, prekeys: [] };
      expect(takeBox({ applied, box: { bytes: box, decoded }, own: keys, keyring }).kind).toBe('learned');
      expect(keyring.readableEpochs()).toEqual([1, 2]);
    }
  });
});
