import { describe, expect, it } from '@jest/globals';
import { isRogatoryError, type RogatoryError, Secret, toHex, utf8 } from '@rogatory/kernel';
import { decodeBox, decodeSignedItem, decodeSignedLink, sizes } from '@rogatory/protocol';
import { aeadOpen, deriveKey } from '@rogatory/crypto/seal';
import { aeadPurposes, contexts } from '@rogatory/protocol';
import { seededRandom } from '@rogatory/pki/testing';
import fc from 'fast-check';
import { composeRotate } from '../compose/renewal.js';
import { voidPendingItem } from '../items/sender-journal.js';
import { openItem } from '../items/item-sealing.js';
import { epochBook } from '../keys/epoch-book.js';
import { EpochKeyring, type EpochRecord } from '../keys/epoch-keyring.js';
import { composeAdd } from '../compose/membership.js';
import type { CaseDevice } from '../testing/case-device.js';
import { CaseWorld } from '../testing/case-world.js';
import { propertyTimeoutMs, runs } from '../testing/runs.js';

const mishaps = [
  'post',
  'post',
  'crash-before-send',
  'lose-answer',
  'refused-for-stale-head',
  'restore-older-state',
  'clone',
  'rotate',
  'refused-rotate',
] as const;

/** What an honest server answers to an item that waited too long, or was sent by a copy that came second. */
const tooLate = ['chain/stale-head', 'chain/directory-head', 'chain/sender-sequence'];

/** Remembers every sealed value that was ever made, and every number that was ever sent. */
class Witness {
  readonly sealedByNonce = new Map<string, string>();
  readonly bytesByNumber = new Map<string, string>();

  sealed(bytes: Uint8Array): void {
    const nonce = toHex(bytes.subarray(0, sizes.nonce));
    const whole = toHex(bytes);
    expect(this.sealedByNonce.get(nonce) ?? whole).toBe(whole);
    this.sealedByNonce.set(nonce, whole);
  }

  link(linkBytes: Uint8Array, boxes: readonly Uint8Array[]): void {
    const { archive } = decodeSignedLink(linkBytes).link;
    if (archive.length > 0) this.sealed(archive);
    for (const box of boxes) this.sealed(decodeBox(box).sealed);
  }

  accepted(item: Uint8Array): void {
    const { header } = decodeSignedItem(item);
    const place = `${header.senderDevice}/${header.compartmentId}/${header.senderSeq}`;
    expect(this.bytesByNumber.has(place)).toBe(false);
    this.bytesByNumber.set(place, toHex(item));
  }
}

class UnsafeDays {
  readonly world: CaseWorld;
  readonly id;
  readonly writer: CaseDevice;
  readonly other: CaseDevice;
  readonly witness = new Witness();
  #older;
  isRetired = false;

  constructor(seed: number) {
    this.world = new CaseWorld(seed);
    this.id = this.world.caseCompartment;
    this.writer = this.world.firstDeviceOf(0);
    this.other = this.world.firstDeviceOf(1);
    const admission = { personId: this.other.personId, role: 2, history: { kind: 'all' } } as const;
    this.writer.send(composeAdd(this.writer.scene(this.id), { ...admission, notAfterMs: this.world.notAfterMs }));
    this.#older = this.writer.journal(this.id);
  }

  play(mishap: (typeof mishaps)[number], number: number): void {
    this.world.tick(1 + number);
    if (this.isRetired) return;
    try {
      this.#steps[mishap]();
    } catch (error) {
      if (!isRogatoryError(error) || error.code !== 'e2ee/state-rolled-back') throw error;
      this.isRetired = true; // SPEC: keys 10: the device enrols anew
    }
  }

  readonly #steps: Readonly<Record<(typeof mishaps)[number], () => void>> = {
    post: () => this.#post(true),
    'crash-before-send': () => {
      this.#journalled();
    },
    'lose-answer': () => this.#post(false),
    'refused-for-stale-head': () => this.#refused(),
    'restore-older-state': () => this.writer.setJournal(this.id, this.#older),
    clone: () => this.#clone(),
    rotate: () => this.#rotate(true),
    'refused-rotate': () => this.#rotate(false),
  };

  /** Seals and saves; or finds bytes that a crash left, which are the ones to send. */
  #journalled(): Uint8Array {
    const { writer, id } = this;
    const pending = writer.journal(id).pending;
    const observed = this.world.server.state(id).senders.get(writer.id)?.senderSeq ?? 0;
    if (pending !== undefined && pending.senderSeq > observed) return pending.bytes;
    const composed = writer.compose(id, utf8('x'));
    this.witness.sealed(decodeSignedItem(composed.bytes).sealed);
    writer.setJournal(id, composed.journal);
    return composed.bytes;
  }

  #post(isAnswerSeen: boolean): void {
    const { writer, id } = this;
    const older = writer.journal(id);
    const bytes = this.#journalled();
    const late = this.#submit(bytes);
    if (late) writer.setJournal(id, voidPendingItem(writer.journal(id)));
    else if (isAnswerSeen) this.#older = older;
  }

  /** Whether the item came too late; an accepted one is witnessed. */
  #submit(bytes: Uint8Array): boolean {
    try {
      this.world.server.submitItem(this.id, bytes);
    } catch (error) {
      if (isRogatoryError(error) && tooLate.includes(error.code)) return true;
      throw error;
    }
    this.witness.accepted(bytes);
    return false;
  }

  #refused(): void {
    const bytes = this.#journalled();
    this.#rotate(true);
    expect(this.#submit(bytes)).toBe(true);
    this.writer.setJournal(this.id, voidPendingItem(this.writer.journal(this.id)));
  }

  /** A copy of the whole device, with its own source of random numbers, sends first. */
  #clone(): void {
    const { writer, id } = this;
    const journal = writer.journal(id);
    if (journal.pending !== undefined) return;
    const original = writer.random;
    writer.random = seededRandom(this.world.federation.nowMs);
    const composed = writer.compose(id, utf8('by the clone'));
    this.witness.sealed(decodeSignedItem(composed.bytes).sealed);
    writer.random = original;
    const before = writer.compose(id, utf8('by the original'));
    this.witness.sealed(decodeSignedItem(before.bytes).sealed);
    expect(this.#submit(composed.bytes)).toBe(false);
    expect(this.#submit(before.bytes)).toBe(true);
    writer.setJournal(id, before.journal);
    expect(codeOf(() => writer.compose(id, utf8('more')))).toBe('e2ee/state-rolled-back');
    writer.compose(id, utf8('more'));
  }

  #rotate(isSent: boolean): void {
    const composed = composeRotate(this.writer.scene(this.id));
    this.witness.link(composed.linkBytes, composed.boxes);
    if (isSent) this.writer.send(composed);
  }
}

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return (error as RogatoryError).code;
  }
  return 'nothing';
};

/** Opens under one epoch's key, and under no other key of the case, whatever key is tried. */
function expectOneReading({ world, id, writer }: UnsafeDays): void {
  const book = epochBook(world.server.state(id));
  writer.sync(id);
  const keyring = writer.keyring(id);
  for (const entry of world.server.log(id)) {
    if (entry.kind !== 'item') continue;
    const { signed } = entry.applied;
    const opening = keyring.readableEpochs().filter((epoch) => {
      const secret = keyring.useKey(book.epoch(epoch) as EpochRecord, 'item');
      return opens(() =>
        aeadOpen({ secret, purpose: aeadPurposes.item, sealed: signed.sealed, aad: signed.headerBytes }),
      );
    });
    expect(opening).toEqual([signed.header.epoch]);
    const stranger = deriveKey(new Secret(new Uint8Array(32)), contexts.itemKey, signed.headerBytes);
    expect(
      opens(() =>
        aeadOpen({ secret: stranger, purpose: aeadPurposes.item, sealed: signed.sealed, aad: signed.headerBytes }),
      ),
    ).toBe(false);
    const record = book.epoch(signed.header.epoch) as EpochRecord;
    expect(opens(() => openItem(signed, record, new EpochKeyring()))).toBe(false);
  }
}

function opens(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (isRogatoryError(error)) return false;
    throw error;
  }
}

describe('property 5: one use', () => {
  it(
    'no nonce and no number occurs twice under crash, clone, refusal and restore, and each ciphertext has one key',
    () => {
      const plan = fc.record({
        seed: fc.nat(),
        days: fc.array(fc.record({ what: fc.constantFrom(...mishaps), number: fc.nat({ max: 30 }) }), {
          minLength: 4,
          maxLength: 16,
        }),
      });
      let accepted = 0;
      let retired = 0;
      fc.assert(
        fc.property(plan, ({ seed, days }) => {
          const unsafe = new UnsafeDays(seed);
          for (const { what, number } of days) unsafe.play(what, number);
          expectOneReading(unsafe);
          accepted += unsafe.witness.bytesByNumber.size;
          retired += unsafe.isRetired ? 1 : 0;
        }),
        { seed: 5, numRuns: runs(60) },
      );
      expect(accepted).toBeGreaterThan(0);
      expect(retired).toBeGreaterThan(0);
    },
    propertyTimeoutMs,
  );
});
