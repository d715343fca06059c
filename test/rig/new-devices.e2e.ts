import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  type Client,
  MemoryStateStore,
  newDevice,
  openClient,
  FetchTransport,
  operations,
  rootOf,
  UnlockedKeyStore,
} from '@rogatory/client';
import type { SigningKey } from '@rogatory/crypto/sign';
import {
  type DeviceId,
  isRogatoryError,
  limits,
  type PersonId,
  Secret,
  systemClock,
  systemRandom,
  toBase64,
} from '@rogatory/kernel';
import { makeDevice, makeRevocation } from '@rogatory/pki';
import { revocationActions, revocationReasons, revocationTargets } from '@rogatory/protocol';
import { WebSocket } from 'ws';
import { openable, sentBoxes } from './knowledge.js';
import { refusalOf, Rig } from './rig.js';

const cost = { passes: limits.argon2FloorPasses, memoryBytes: limits.argon2FloorMemoryBytes };
const operationsOfTheServer = Object.values(operations).flatMap((value) =>
  typeof value === 'object' && 'rootField' in value ? [value.rootField] : [],
);

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
}, 120_000);
afterAll(() => rig.stop());

/** Keys of a further device of the judge, and what would certify it. */
function furtherDevice(
  signers: (own: SigningKey) => { registrars: readonly SigningKey[]; devices?: readonly SigningKey[] },
) {
  const judge = rig.world.keysOf('judge-xb');
  const certified = rig.lead.directory.view.device(judge.deviceId)?.certificate;
  if (certified === undefined) throw new Error('the judge has no device');
  const { notBeforeMs, notAfterMs } = certified;
  const { personId, authorityId, content } = judge;
  const { federationRootHash } = content;
  const time = { timeMs: systemClock.nowMs(), offsetMinutes: 0 };
  const made = newDevice({
    ...{ personId, authorityId, federationRootHash, notBeforeMs, notAfterMs },
    ...{ time, random: systemRandom },
  });
  const passphraseKey = new Secret(systemRandom(32));
  const locked = { passphraseKey, salt: systemRandom(16), cost, generation: 1 };
  const keys = new UnlockedKeyStore({ ...locked, content: made.content });
  const entry = makeDevice(made.request, signers(judge.signing));
  return { keys, entry, deviceId: made.content.deviceId };
}

const registrars = (): SigningKey[] => [
  rig.world.registrarKey('registrar-xb'),
  rig.world.registrarKey('registrar-xb-2'),
];

/** Of a person, those that are live now. */
function devicesOf(personId: PersonId): DeviceId[] {
  const live = rig.lead.directory.view.liveDevicesOf(personId, systemClock.nowMs());
  return live.map(({ deviceId }) => deviceId);
}

/** A registrar's word that a device was lost. */
function endOf(deviceId: DeviceId): Uint8Array {
  const time = { timeMs: systemClock.nowMs(), offsetMinutes: 0 };
  const ended = {
    ...{ target: revocationTargets.device, targetId: deviceId, action: revocationActions.revoke },
    ...{ reason: revocationReasons.lost, serial: 1, time, authorityId: rig.world.keysOf('judge-xb').authorityId },
  };
  return makeRevocation(ended, { registrars: registrars().slice(0, 1) });
}

/** Has a registrar submit the entry. @returns the code of the refusal, or that it is done. */
async function submit(entry: Uint8Array): Promise<string> {
  const registrar = await rig.client('registrar-xb');
  try {
    await registrar.directory.append([entry]);
    return 'done';
  } catch (error) {
    if (isRogatoryError(error)) return error.code;
    throw error;
  }
}

async function clientOf(keys: UnlockedKeyStore): Promise<Client> {
  const { fetch } = rig.proxy.route(rig.world.url);
  const transport = new FetchTransport({
    server: rig.world.url,
    build: 'rogatory-test/1',
    webSocketImpl: WebSocket,
    fetch,
  });
  const keyStorage = { read: async () => undefined, replace: async () => undefined };
  return openClient({ keys, keyStorage, stateStore: new MemoryStateStore(), transport });
}

it('M11: a device that its person vouched for gets no key and no history by itself, and everybody sees it', async () => {
  const root = rootOf(rig.caseId);
  const mine = await rig.lead.cases.open(rig.caseId);
  await rig.lead.messages.post(mine, root, { text: 'before the link' });
  // What a phishing page could get signed at most: consent of the old device alone, or with one registrar of elsewhere.
  const alone = furtherDevice((own) => ({ registrars: [], devices: [own] }));
  const elsewhere = furtherDevice((own) => ({ registrars: [rig.world.registrarKey('registrar-xc')], devices: [own] }));
  for (const { entry } of [alone, elsewhere]) expect(await submit(entry)).toMatch(/^directory\//);
  // The whole way: consent by a signature of the unlocked old device, and a registrar of the own authority.
  const linked = furtherDevice((own) => ({ registrars: registrars().slice(0, 1), devices: [own] }));
  expect(await submit(linked.entry)).toBe('done');
  rig.proxy.seen.length = 0;
  await rig.lead.cases.rotate(mine, rig.evidence);
  await rig.lead.messages.post(mine, root, { text: 'after the link' });
  expect(openable(sentBoxes(rig.proxy.seen), linked.keys)).toBe(0);
  const phished = await clientOf(linked.keys);
  await phished.login();
  expect(await phished.cases.list()).toEqual([]);
  expect(await refusalOf(phished.cases.open(rig.caseId))).toMatchObject({ code: 'access/refused' });
  // Whoever works with the person is shown the device, and so is the person at every other one.
  const { personId } = rig.world.keysOf('judge-xb');
  for (const client of [rig.lead, rig.judge]) {
    await client.directory.sync();
    const devices = client.directory.view.devicesOf(personId).map(({ deviceId }) => deviceId);
    expect(devices).toContain(linked.deviceId);
  }
  expect(rig.lead.contacts.contact(personId)).toMatchObject({
    status: { kind: 'extended', newDevices: [linked.deviceId] },
  });
  const theirs = await rig.judge.cases.open(rig.caseId);
  expect(rig.judge.members.missingDevices(theirs)).toEqual([linked.deviceId]);
  // Until then the person takes it back with any of the own devices.
  expect(operationsOfTheServer).toContain('appendDirectory');
});

it('D04: whoever lost all devices starts with an empty key ring: no operation of the server gives keys back', async () => {
  expect(operationsOfTheServer.filter((name) => /reset|recover|restore|escrow|password|backup/i.test(name))).toEqual(
    [],
  );
  const { personId } = rig.world.keysOf('judge-xb');
  const { signing } = rig.world.keysOf('judge-xb');
  const [one, reset] = [1, 2].map((signers) => furtherDevice(() => ({ registrars: registrars().slice(0, signers) })));
  if (one === undefined || reset === undefined) throw new Error('no devices');
  // While an old device lives, nobody but it vouches for another; after its end it takes two registrars at least.
  expect(await submit(reset.entry)).toMatch(/^directory\//);
  for (const device of devicesOf(personId)) expect(await submit(endOf(device))).toBe('done');
  expect(await submit(one.entry)).toMatch(/^directory\//);
  expect(await submit(reset.entry)).toBe('done');
  const client = await clientOf(reset.keys);
  await client.login();
  expect(await client.cases.list()).toEqual([]);
  expect(await refusalOf(client.cases.open(rig.caseId))).toMatchObject({ code: 'access/refused' });
  // It is seen, and stops all work with the person until they compared again.
  await rig.lead.directory.sync();
  expect(rig.lead.contacts.contact(personId)).toMatchObject({ status: { kind: 'changed' } });
  rig.proxy.seen.length = 0;
  const mine = await rig.lead.cases.open(rig.caseId);
  expect(await refusalOf(rig.lead.members.addDevice(mine, reset.deviceId))).toMatchObject({ code: 'e2ee/contact' });
  await rig.lead.cases.rotateWhenDue(mine);
  await rig.lead.messages.post(mine, rootOf(rig.caseId), { text: 'after the reset' });
  const boxes = sentBoxes(rig.proxy.seen);
  expect([boxes.length > 0, openable(boxes, reset.keys)]).toEqual([true, 0]);
  expect(toBase64(reset.keys.signing.publicKey)).not.toBe(toBase64(signing.publicKey));
});
