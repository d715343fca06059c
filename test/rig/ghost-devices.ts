import { newDevice, UnlockedKeyStore } from '@rogatory/client';
import { SigningKey } from '@rogatory/crypto/sign';
import { limits, Secret, systemClock, systemRandom } from '@rogatory/kernel';
import { makeDevice } from '@rogatory/pki';
import type { Rig } from './rig.js';

const cost = { passes: limits.argon2FloorPasses, memoryBytes: limits.argon2FloorMemoryBytes };

/** Entries of the directory that give the judge one more device, each without something that the federation demands. */
export function ghostDevices(rig: Rig) {
  const judge = rig.world.keysOf('judge-xb');
  const certified = rig.lead.directory.view.device(judge.deviceId)?.certificate;
  if (certified === undefined) throw new Error('the judge has no device');
  const { notBeforeMs, notAfterMs } = certified;
  const { personId, authorityId, content } = judge;
  const { federationRootHash } = content;
  const time = { timeMs: systemClock.nowMs(), offsetMinutes: 0 };
  const ghost = newDevice({
    ...{ personId, authorityId, federationRootHash, notBeforeMs, notAfterMs },
    ...{ time, random: systemRandom },
  });
  const own = SigningKey.fromSeed(ghost.content.signingSeed);
  const registrars = (state: string) =>
    [`registrar-${state}`, `registrar-${state}-2`].map((name) => rig.world.registrarKey(name));
  const strangers = [SigningKey.generate(systemRandom), SigningKey.generate(systemRandom)];
  const entries = {
    'signed by made-up registrars': makeDevice(ghost.request, { registrars: strangers }),
    'signed by the registrars of another state': makeDevice(ghost.request, { registrars: registrars('xc') }),
    'signed by the right registrars, without a device of the judge': makeDevice(ghost.request, {
      registrars: registrars('xb'),
    }),
    'vouched for by itself': makeDevice(ghost.request, { registrars: registrars('xb').slice(0, 1), devices: [own] }),
    'vouched for by a device of another person': makeDevice(ghost.request, {
      registrars: registrars('xb').slice(0, 1),
      devices: [rig.world.keysOf('judge-xc').signing],
    }),
  };
  const passphraseKey = new Secret(systemRandom(32));
  const keys = new UnlockedKeyStore({
    passphraseKey,
    salt: systemRandom(16),
    cost,
    generation: 1,
    content: ghost.content,
  });
  return { entries, keys };
}
