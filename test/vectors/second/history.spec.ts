import { describe, expect, it } from '@jest/globals';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { history, type ItemEntry, type LinkEntry } from '../vector-files.js';
import { decodeWhole, manifest } from './case-formats.js';
import { useKeyOf } from './epoch-keys.js';
import { wordsOf } from './fingerprint.js';
import { keysOf, openBox } from './keyring.js';
import { decode, verified } from './kinds.js';
import { H, KDF64, leafHash, open, openWith, publicKeyOf, sha256, treeRoot, unpad } from './primitives.js';
import { idsOf, Replay } from './replay.js';
import { type Fields, hex, join, number, Refused, unhex } from './wire.js';

const kindsOfMagic: Readonly<Record<string, string>> = {
  ...{ RGR1: 'federation-root', RGA1: 'authority-record', RGC1: 'person-certificate', RGV1: 'device-certificate' },
  RGX1: 'revocation',
};
const magicOf = (bytes: Uint8Array): string => Buffer.from(bytes.slice(0, 4)).toString('latin1');

function replayed(at: number): Replay {
  const replay = new Replay();
  for (const entry of history.compartments[at]?.entries ?? []) {
    if (entry.kind === 'link') replay.link(entry);
    else replay.item(entry.bytes);
  }
  return replay;
}

const isLink = (entry: LinkEntry | ItemEntry): entry is LinkEntry => entry.kind === 'link';
const root = history.compartments[0] as (typeof history.compartments)[number];
const rootLinks = root.entries.filter(isLink);
const deviceOf = (id: string) =>
  history.devices.find(({ deviceId }) => deviceId === id) as (typeof history.devices)[number];

describe('the directory of the history', () => {
  it('holds entries that verify, under the pinned root and the stated head', () => {
    const entries = history.federation.entries.map(unhex);
    const first = verified('federation-root', entries[0] as Uint8Array);
    const rootKeys = join(...((first.value['root'] as Fields)['keys'] as readonly string[]).map(unhex));
    for (const bytes of entries) verified(kindsOfMagic[magicOf(bytes)] as string, bytes, rootKeys);
    expect(hex(H('rogatory/root/v1', first.until('signed')))).toBe(history.federation.rootHash);
    expect(hex(treeRoot(entries.map(leafHash)))).toBe(history.federation.head.root);
    expect(entries).toHaveLength(history.federation.head.size);
  });

  it('gives the persons their fingerprints', () => {
    const devices = history.federation.entries.map(unhex).filter((bytes) => magicOf(bytes) === 'RGV1');
    const revoked = history.federation.entries.map(unhex).filter((bytes) => magicOf(bytes) === 'RGX1');
    const gone = revoked.map((bytes) => (decode('revocation', bytes).value['revocation'] as Fields)['targetId']);
    for (const { personId, digest, words } of history.persons) {
      expect(wordsOf(unhex(digest))).toEqual(words);
      const certificates = devices.map((bytes) => decode('device-certificate', bytes).value['certificate'] as Fields);
      const leaves = certificates
        .filter((each) => each['personId'] === personId && !gone.includes(each['deviceId']))
        .map((each) => {
          const kemHash = H('rogatory/kem-key/v1', unhex(each['kemKey'] as string));
          return `${each['deviceId'] as string}${each['signingKey'] as string}${hex(kemHash)}`;
        });
      expect(hex(H('rogatory/fingerprint/v1', unhex(personId), ...leaves.sort().map(unhex)))).toBe(digest);
    }
  });
});

describe('the chains of the history', () => {
  it.each([0, 1])('of compartment %i follow link by link', (at) => {
    const stated = history.compartments[at] as (typeof history.compartments)[number];
    const replay = replayed(at);
    expect({ size: replay.leaves.length, root: hex(treeRoot(replay.leaves)) }).toEqual(stated.contentHead);
    expect([...replay.members.keys()].sort()).toEqual(stated.members);
    const links = stated.entries
      .filter(isLink)
      .map((entry) => ({ entry, decoded: decode('link', unhex(entry.bytes)) }));
    for (const { entry, decoded } of links) {
      expect(hex(H('rogatory/link/v1', decoded.until('signed')))).toBe(entry.linkHash);
      expect(hex(H('rogatory/link-context/v1', decoded.until('context')))).toBe(entry.contextHash);
    }
    const ids = idsOf((links[0] as (typeof links)[number]).decoded);
    expect(at === 0 ? ids.caseId : ids.compartmentId).toBe(stated.compartmentId);
  });

  it('do not follow in another order, or without a link', () => {
    const shortened = new Replay();
    shortened.link(rootLinks[0] as LinkEntry);
    expect(() => shortened.link(rootLinks[2] as LinkEntry)).toThrow(Refused);
    expect(() => shortened.link(rootLinks[0] as LinkEntry)).toThrow(Refused);
  });

  it('come with statements that their devices signed', () => {
    for (const [kind, text] of [
      ['complaint', history.complaint.bytes],
      ['heartbeat', history.heartbeat.bytes],
    ] as const) {
      const device = (decode(kind, unhex(text)).value[kind] as Fields)['deviceId'] as string;
      verified(kind, unhex(text), publicKeyOf(unhex(deviceOf(device).signingSeed)));
    }
    const signed = decode('complaint', unhex(history.complaint.bytes)).until('signed');
    expect(hex(H('rogatory/complaint/v1', signed))).toBe(history.complaint.complaintHash);
  });
});

describe('the keys of the history', () => {
  const { epochs } = replayed(0);

  it.each(history.readable)('that $deviceId can compute are those it was granted', ({ deviceId, epochs: readable }) => {
    const { chainKeys, readKeys } = keysOf(deviceOf(deviceId), rootLinks, epochs);
    expect([...readKeys.keys()].sort((a, b) => a - b)).toEqual(readable);
    for (const stated of root.epochs) {
      expect([stated.readKey, undefined]).toContain(readKeys.get(stated.epoch));
      expect([stated.chainKey, undefined]).toContain(chainKeys.get(stated.epoch));
    }
  });

  it('open every item', () => {
    const items = root.entries.filter((entry): entry is ItemEntry => !isLink(entry));
    for (const entry of items) {
      const { value, until } = decode('item', unhex(entry.bytes));
      const number_ = (value['header'] as Fields)['epoch'] as number;
      const stated = root.epochs[number_ - 1] as (typeof root.epochs)[number];
      const epoch = epochs[number_ - 1] as (typeof epochs)[number];
      for (const use of ['item', 'wrap', 'export'] as const) {
        expect(hex(useKeyOf(unhex(stated.readKey), use, epoch))).toBe(stated[use]);
      }
      const plaintext = unpad(open(3, unhex(stated.item), unhex(value['sealed'] as string), until('header')));
      expect(hex(plaintext)).toBe(entry.content);
    }
  });

  it('disclose an item and its file to somebody without them', () => {
    const { deviceId, itemHash } = history.disclosure;
    const carrier = rootLinks.find((entry) => entry.bytes.startsWith('52474c310c')) as LinkEntry;
    const opened = openBox(carrier, deviceOf(deviceId), 8) as { keys: readonly Fields[] };
    const keyOf = (kind: number): Uint8Array =>
      unhex(opened.keys.find((each) => each['kind'] === kind)?.['messageKey'] as string);
    expect(opened.keys.map((each) => each['itemHash'])).toEqual([itemHash, itemHash]);
    const entry = root.entries.find(
      (each): each is ItemEntry => !isLink(each) && each.itemHash === itemHash,
    ) as ItemEntry;
    const { value, until } = decode('item', unhex(entry.bytes));
    const content = unpad(openWith(keyOf(1), unhex(value['sealed'] as string), until('header')));
    const document = decodeWhole(manifest, content) as Fields;
    const header = value['header'] as Fields;
    const bytesOf = (name: string): Uint8Array => unhex((document[name] ?? header[name]) as string);
    const place = join(...['caseId', 'compartmentId', 'fileId'].map(bytesOf), number(document['version'] as number, 4));
    const dek = openWith(keyOf(2), bytesOf('wrappedKey'), join(place, bytesOf('root'), bytesOf('headerHash')));
    expect(hex(dek)).toBe(history.file.dek);
    expect(hex(fileOf(document, dek))).toBe(history.file.content);
  });

  it('give the case its fingerprint', () => {
    const digest = H('rogatory/case-fingerprint/v1', unhex(root.compartmentId));
    expect(wordsOf(digest)).toEqual(history.caseFingerprint);
  });
});

/** The content of the stored file, docs/spec/files.md. */
function fileOf(document: Fields, dek: Uint8Array): Uint8Array {
  const stored = unhex(history.file.stored);
  const [header, sealed] = [stored.slice(0, 96), stored.slice(96)];
  const derived = KDF64(dek, 'rogatory/file/v1', header.slice(0, 64));
  expect(hex(sha256(header))).toBe(document['headerHash']);
  expect(hex(derived.slice(32))).toBe(hex(header.slice(64)));
  expect(hex(sha256(new Uint8Array(9), sealed))).toBe(document['root']);
  const plaintext = chacha20poly1305(derived.slice(0, 32), number(1, 12)).decrypt(sealed);
  const content = plaintext.slice(0, document['trueSize'] as number);
  expect(hex(sha256(content))).toBe(document['plaintextHash']);
  return content;
}
