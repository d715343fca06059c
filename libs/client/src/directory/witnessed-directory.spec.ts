import { beforeEach, describe, expect, it } from '@jest/globals';
import { limits, Secret, utf8 } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import {
  addCosignatures,
  cosignCheckpoint,
  encodeVerifierKey,
  keyTypes,
  type NoteSigner,
  openCheckpoint,
  parseCheckpointText,
  parseNote,
  parseVerifierKey,
  verifierKey,
} from '@rogatory/tlog';
import type { Client } from '../client.js';
import { type Actor, ClientWorld } from '../testing/client-world.js';

function witness(seed: number): NoteSigner {
  const key = SigningKey.fromSeed(new Secret(new Uint8Array(32).fill(seed)));
  const named = { name: `witness.invalid/${seed}`, type: keyTypes.cosignature, publicKey: key.publicKey };
  return { key: verifierKey(named), sign: (message) => key.signRaw(message) };
}

const states = [witness(1), witness(2), witness(3)];
const policyOf = (signers: readonly NoteSigner[], quorum = 'states') =>
  utf8(
    [
      ...signers.map(({ key }, i) => `witness w${i} ${encodeVerifierKey(key)}`),
      `group states 2 ${signers.map((_, i) => `w${i}`).join(' ')}`,
      `quorum ${quorum}\n`,
    ].join('\n'),
  );
const witnessPolicy = policyOf(states);

describe('a device that pinned the witnesses of its federation', () => {
  let world: ClientWorld;
  let actor: Actor;
  const nowSeconds = () => Math.floor(world.federation.nowMs / 1000);

  beforeEach(() => {
    world = new ClientWorld();
    actor = world.actor('FR');
    world.server.witness = (note) => cosigned(note);
  });

  /** Lines of some witnesses, made at some time, under a head. */
  async function cosigned(note: Uint8Array, signers = states.slice(0, 2), seconds = nowSeconds()): Promise<Uint8Array> {
    let bytes = note;
    for (const signer of signers) {
      const { origin } = parseCheckpointText(parseNote(bytes).text);
      const logKeys = [parseVerifierKey(world.server.logKeyText)];
      const head = openCheckpoint(bytes, { origin, logKeys, witnessKeys: states.map(({ key }) => key) });
      bytes = addCosignatures(head, [await cosignCheckpoint(head, signer, seconds)], [signer.key]);
    }
    return bytes;
  }
  const open = () => actor.open(actor.storage, { witnessPolicy });
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'none',
      (error: { readonly code?: string }) => error.code,
    );
  /** The outcome of a login, and how much of the directory it made the device believe. */
  const believed = async (client: Client) => [await codeOf(client.login()), client.directory.state.size];

  it('believes what two of three vouch for', async () => {
    const { size } = world.federation.state.head;
    expect(await believed(await open())).toEqual(['none', size]);
  });

  it.each([
    ['nobody', (note: Uint8Array) => cosigned(note, [])],
    ['one of three', (note: Uint8Array) => cosigned(note, states.slice(0, 1))],
    ['a stranger besides', (note: Uint8Array) => cosigned(note, [states[0], witness(9)] as NoteSigner[])],
    [
      'two who spoke long ago',
      (note: Uint8Array) => cosigned(note, states, nowSeconds() - limits.witnessWordsMs / 1000 - 1),
    ],
    ['two whose clocks run ahead', (note: Uint8Array) => cosigned(note, states, nowSeconds() + 3_600)],
  ])('believes nobody in a directory for which %s vouches', async (_, lie) => {
    world.server.witness = lie;
    expect(await believed(await open())).toEqual(['client/unwitnessed', 0]);
  });

  it('believes nobody where the server shows no head of witnesses at all', async () => {
    world.server.witness = undefined;
    expect(await believed(await open())).toEqual(['client/unwitnessed', 0]);
  });

  it('finds a forged cosignature, and keeps the alarm', async () => {
    world.server.witness = async (note) => {
      const text = new TextDecoder().decode(await cosigned(note));
      const lines = text.split('\n');
      const last = lines.at(-2) ?? '';
      const forged = `${last.slice(0, -8)}${last.slice(-8, -7) === 'A' ? 'B' : 'A'}${last.slice(-7)}`;
      return utf8([...lines.slice(0, -2), forged, ''].join('\n'));
    };
    const client = await open();
    expect(await believed(client)).toEqual(['tlog/signature', 0]);
    expect(client.alarms.list()).toMatchObject([{ code: 'tlog/signature' }]);
  });

  it('finds entries that are not those under the head of the witnesses', async () => {
    const { size } = world.federation.state.head;
    const other = await world.server.directoryNote({ size, root: new Uint8Array(32).fill(5) });
    world.server.witness = () => cosigned(other);
    expect(await codeOf((await open()).login())).toBe('client/directory-rollback');
  });

  it('does not look at what the witnesses have not seen, and does once they have', async () => {
    const client = await open();
    await client.login();
    const { size, root } = world.federation.state.head;
    const before = await world.server.directoryNote({ size, root });
    const late = world.federation.person(actor.person.authority);
    world.server.witness = () => cosigned(before);
    await client.directory.sync();
    expect([client.directory.state.size, client.directory.view.person(late.id)]).toEqual([size, undefined]);
    world.server.witness = (note) => cosigned(note);
    await client.directory.sync();
    expect(client.directory.view.person(late.id)).toBeDefined();
  });

  it('finds a directory that went back, however well it is vouched for', async () => {
    const { size, root } = world.federation.state.head;
    const before = await world.server.directoryNote({ size, root });
    world.federation.person(actor.person.authority);
    const client = await open();
    await client.login();
    await client.close();
    world.server.witness = () => cosigned(before);
    const again = await open();
    expect(await codeOf(again.login())).toBe('client/directory-rollback');
    expect(again.alarms.list()).toMatchObject([{ code: 'client/directory-rollback' }]);
  });

  it('keeps its witnesses whatever it is given later, until its person names others', async () => {
    await (await open()).login();
    world.server.witness = undefined;
    expect(await codeOf((await actor.open()).login())).toBe('client/unwitnessed');
    const others = [witness(11), witness(12)];
    const client = await actor.open(actor.storage, { witnessPolicy: policyOf(others) });
    expect(await codeOf(client.login())).toBe('client/unwitnessed');
    world.server.witness = (note) => cosigned(note, others);
    await client.trustWitnesses(policyOf(others));
    expect(await codeOf(client.login())).toBe('none');
    expect(await codeOf(client.trustWitnesses(policyOf(others, 'none')))).toBe('client/input');
    expect(await codeOf(client.trustWitnesses(utf8('quorum')))).toBe('tlog/policy');
  });
});
