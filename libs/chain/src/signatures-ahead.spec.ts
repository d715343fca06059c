import { describe, expect, it } from '@jest/globals';
import { isRogatoryError } from '@rogatory/kernel';
import { ProvenSignatures } from '@rogatory/crypto/verify';
import { caseRoles, decodeSignedLink, linkTypes, peekSignedLink } from '@rogatory/protocol';
import { applyItem } from './apply-item.js';
import { applyLink } from './apply-link.js';
import type { ChainState } from './chain-state.js';
import { type ToldObject, withSignaturesAhead } from './signatures-ahead.js';
import { ChainWorld } from './testing/chain-world.js';

const COUNT = 300;

/** A chain of rotations, and items by two devices between them, longer than two slices. */
function makeLog() {
  const world = new ChainWorld(31);
  const office = world.federation.authority(world.federation.oversightBody());
  const lead = world.federation.device(world.federation.person(office));
  const other = world.federation.device(world.federation.person(office));
  const genesis = world.genesis(lead, [world.leaf(lead, caseRoles.lead), world.leaf(other)]).bytes;
  let state = world.apply(undefined, genesis).state;
  const told: ToldObject[] = [{ isLink: true, bytes: genesis }];
  while (told.length < COUNT) {
    const isLink = told.length % 10 === 0;
    const bytes = isLink
      ? world.link(state, linkTypes.rotate, { signer: lead }).bytes
      : world.item(state, { sender: told.length % 2 === 0 ? lead : other });
    told.push({ isLink, bytes });
    state = take(world, state, { isLink, bytes });
  }
  return { world, told, state };
}

function take(world: ChainWorld, state: ChainState | undefined, told: ToldObject, proven?: ProvenSignatures) {
  const facts = { ...world.facts('replay'), ...(proven && { proven }) };
  if (told.isLink || state === undefined) return applyLink(state, told.bytes, facts).state;
  return applyItem(state, told.bytes, facts).state;
}

/** The state at the end and where it ended, with the code of what ended it. */
async function replay(world: ChainWorld, told: readonly ToldObject[]) {
  const proven = new ProvenSignatures();
  let state: ChainState | undefined;
  let taken = 0;
  try {
    for await (const slice of withSignaturesAhead(told, proven, world.federation.state)) {
      for (const object of slice) {
        state = take(world, state, object, proven);
        taken++;
      }
    }
    return { state, taken, code: 'none' };
  } catch (error) {
    if (!isRogatoryError(error)) throw error;
    return { state, taken, code: error.code };
  }
}

describe('a log replayed with its signatures checked ahead', () => {
  const { world, told, state } = makeLog();

  it('ends where it ends without', async () => {
    const replayed = await replay(world, told);
    expect(replayed.taken).toBe(COUNT);
    expect(replayed.state?.content.root).toEqual(state.content.root);
    expect(replayed.state?.head).toEqual(state.head);
  });

  it.each([0, 1, 127, 128, 130, 299])('stops at a forged signature at place %i, and not before', async (place) => {
    const forged = told.map((object, i) => {
      const bytes = object.bytes.slice();
      if (i === place) bytes[bytes.length - 40] = (bytes.at(-40) as number) ^ 1;
      return { ...object, bytes };
    });
    const { taken, code } = await replay(world, forged);
    expect([taken, code]).toEqual([place, 'crypto/signature']);
  });

  it('tells of bytes that are none at their place', async () => {
    const broken = [...told.slice(0, 5), { isLink: true, bytes: new Uint8Array(10) }, ...told.slice(5)];
    expect(await replay(world, broken)).toMatchObject({ taken: 5, code: 'codec/magic' });
    const cut = [...told.slice(0, 3), { isLink: false, bytes: (told[3] as ToldObject).bytes.slice(1) }];
    expect(await replay(world, cut)).toMatchObject({ taken: 3, code: 'codec/magic' });
  });

  it('looks at what is signed where the decoder finds it', () => {
    for (const { bytes } of told.filter(({ isLink }) => isLink)) {
      const { link, signedBytes, signature } = decodeSignedLink(bytes);
      expect(peekSignedLink(bytes)).toEqual({ signerDevice: link.signerDevice, signedBytes, signature });
    }
    expect(peekSignedLink(new Uint8Array(300))).toBeUndefined();
  });
});
