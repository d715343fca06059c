/** The key store of a device (docs/spec/key-store.md). */
import * as e2ee from '@rogatory/e2ee';
import { Secret } from '@rogatory/kernel';
import * as p from '@rogatory/protocol';
import { bytesOf, edit, filled, id, time } from './parts.mjs';

/** @param {string} seed */
const secret = (seed) => new Secret(bytesOf(seed));
const content = {
  ...{ deviceId: id('10'), personId: id('11'), authorityId: id('13'), federationRootHash: bytesOf('federation') },
  ...{ signingSeed: secret('signing seed'), kemSeed: secret('kem seed'), localStateKey: secret('local state key') },
  prekeys: [1, 2].map((prekeyId) => ({
    prekeyId,
    prekeyHash: bytesOf(`prekey ${prekeyId}`),
    seed: secret(`prekey seed ${prekeyId}`),
    notAfterMs: time.timeMs,
  })),
};
const header = { suite: 1, passes: 2, memoryBytes: 64 * 1024 * 1024, salt: filled(0xaa, 16), generation: 3 };

/** @param {any} changes */
const file = (changes = {}) => p.encodeKeyStoreFile({ ...header, sealed: bytesOf('sealed'), ...changes });
const contentBytes = e2ee.encodeKeyStoreContent(content);

export const valid = [
  {
    kind: 'key-store-file',
    name: 'floor',
    description: 'the lowest cost that a reader takes; the sealed part is any bytes',
    bytes: file(),
  },
  {
    kind: 'key-store-file',
    name: 'ceiling',
    description: 'the highest cost; nothing sealed',
    bytes: file({ passes: 16, memoryBytes: 1024 ** 3, sealed: new Uint8Array(0) }),
  },
  { kind: 'key-store-content', name: 'content', description: 'with two prekeys', bytes: contentBytes },
];

/** @param {string} name @param {string} code @param {Uint8Array} bytes */
const refused = (name, code, bytes) => ({
  kind: 'key-store-file',
  name,
  family: code.startsWith('codec') ? 'codec' : 'verification',
  code,
  bytes,
});

export const invalid = [
  refused('one pass', 'codec/cost', file({ passes: 1 })),
  refused('seventeen passes', 'codec/cost', file({ passes: 17 })),
  refused('less than 64 MiB', 'codec/cost', file({ memoryBytes: 64 * 1024 * 1024 - 1024 })),
  refused('more than 1 GiB', 'codec/cost', file({ memoryBytes: 1024 ** 3 + 1024 })),
  refused('memory of no whole KiB', 'codec/cost', file({ memoryBytes: 64 * 1024 * 1024 + 1 })),
  refused('suite 3', 'codec/unknown-value', edit(file(), 4, 'replace', [0, 3])),
  refused('suite 2, reserved', 'crypto/suite', file({ suite: 2 })),
  refused('sealed part longer than the file', 'codec/truncated', edit(file(), 42, 'replace', [0, 0, 0, 33])),
  {
    ...refused('1,001 prekeys', 'e2ee/key-store', edit(contentBytes, 4 + 48 + 32 + 96, 'replace', [3, 0xe9])),
    kind: 'key-store-content',
  },
];
export const spec = ['key-store.md'];
