import { MemoryStateStore, openClient, UnlockedKeyStore } from '@rogatory/client';
import { nodeTransport, threadPartCiphers, threadSignatureCheck } from '@rogatory/client/node';
import { fromHex, limits, Secret, systemRandom, toHex } from '@rogatory/kernel';

/**
 * The keys of a fictitious device, as one program of the benchmark hands them to another.
 * @typedef {object} Identity
 * @property {import('@rogatory/kernel').DeviceId} deviceId
 * @property {import('@rogatory/kernel').PersonId} personId
 * @property {import('@rogatory/kernel').AuthorityId} authorityId
 * @property {string} federationRootHash hex
 * @property {string} signingSeed hex
 * @property {string} kemSeed hex
 */

/** @param {import('@rogatory/pki/testing').FederationWorld} world @param {import('@rogatory/pki/testing').WorldDevice} device @returns {Identity} */
export function identityOf(world, device) {
  return {
    ...{ deviceId: device.id, personId: device.person.id, authorityId: device.person.authority.id },
    federationRootHash: toHex(world.pinnedRootHash),
    signingSeed: device.signing.exportSeed().use(toHex),
    kemSeed: device.kem.exportSeed().use(toHex),
  };
}

/** The SDK on these keys, its state in memory. @param {Identity} identity @param {string} url */
export function openIdentity(identity, url) {
  const { deviceId, personId, authorityId, federationRootHash, signingSeed, kemSeed } = identity;
  const content = {
    ...{ deviceId, personId, authorityId, federationRootHash: fromHex(federationRootHash) },
    ...{ signingSeed: new Secret(fromHex(signingSeed)), kemSeed: new Secret(fromHex(kemSeed)) },
    localStateKey: new Secret(systemRandom(32)),
    prekeys: [],
  };
  const cost = { passes: limits.argon2FloorPasses, memoryBytes: limits.argon2FloorMemoryBytes };
  const passphraseKey = new Secret(systemRandom(32));
  const keys = new UnlockedKeyStore({ passphraseKey, salt: systemRandom(16), cost, generation: 1, content });
  const keyStorage = { read: async () => undefined, replace: async () => undefined };
  const transport = nodeTransport({ server: url, build: 'bench/1' });
  const stateStore = new MemoryStateStore();
  const threads = { ciphers: threadPartCiphers, signatureCheck: threadSignatureCheck() };
  return openClient({ keys, keyStorage, stateStore, transport, ...threads, zone: 'UTC' });
}
