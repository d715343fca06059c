import { readFile } from 'node:fs/promises';
import type { Compartment, VerifiedItem } from '@rogatory/client';
import { linkContext } from '@rogatory/chain';
import { aeadOpen, type KemKey } from '@rogatory/crypto/seal';
import {
  deriveReadKey,
  deriveUseKey,
  epochBook,
  type EpochContext,
  openArchive,
  openDisclosureBox,
  openKeyBox,
} from '@rogatory/e2ee';
import { type CaseId, fromBase64, isRogatoryError, Secret } from '@rogatory/kernel';
import { aeadPurposes, type Box, decodeBox, type KeyEntry, keyKinds } from '@rogatory/protocol';
import type { StolenRows } from '../thief/stolen-rows.js';
import { type Actor, knownCase } from './actor.js';

/** What a removed member achieved with a copy of the whole database. */
export interface BreakIn {
  /** Epoch keys that the member was ever given, and key pairs of the device. */
  readonly epochKeys: number;
  readonly deviceKeys: number;
  /** Items that came after the last one that the member could read. */
  readonly laterItems: number;
  readonly laterBoxes: number;
  readonly laterEpochs: number;
  readonly attempts: number;
  /** Attempts that opened something. */
  readonly opened: number;
  /** The same attack on what the member was meant to read: it has to work, or it proves nothing. */
  readonly controlOpened: number;
}

export const breakInDuties = {
  /**
   * Tries every key that this device holds on every item, box and archive that the database holds beyond what the device
   * could read: first as the SDK does, then by force, past all checks of commitments and addressees.
   */
  async breakIn(actor: Actor, { caseId, dump }: { readonly caseId: CaseId; readonly dump: string }): Promise<BreakIn> {
    const rows = JSON.parse(await readFile(dump, 'utf8')) as StolenRows;
    const all: BreakIn[] = [];
    for (const compartment of knownCase(actor, caseId).compartments) {
      all.push(await breakInto(actor, compartment, rows));
    }
    return all.reduce((sum, one) => ({
      epochKeys: sum.epochKeys + one.epochKeys,
      deviceKeys: one.deviceKeys,
      laterItems: sum.laterItems + one.laterItems,
      laterBoxes: sum.laterBoxes + one.laterBoxes,
      laterEpochs: sum.laterEpochs + one.laterEpochs,
      attempts: sum.attempts + one.attempts,
      opened: sum.opened + one.opened,
      controlOpened: sum.controlOpened + one.controlOpened,
    }));
  },
};

/** As `breakIn`, on one compartment. */
export async function breakInto(
  { keys }: Pick<Actor, 'keys'>,
  compartment: Compartment,
  rows: StolenRows,
): Promise<BreakIn> {
  const { compartmentId, replica, keyring } = compartment;
  const [knownSize, knownEpoch] = [replica.size, replica.state.epoch];
  for (const row of rows.entries.filter((entry) => entry.compartmentId === compartmentId)) {
    const { position, isLink, bytes, receivedAtMs } = row;
    await replica.take({ position, isLink, bytes: fromBase64(bytes), receivedAtMs });
  }
  const epochKeys = keyring.exportEntries();
  const kem = keys.kemKeys();
  const pairs = [kem.deviceKey, ...kem.prekeys.map(({ key }) => key)];
  const score = new Score();
  const later = replica.items.filter(({ position }) => position >= knownSize);
  for (const item of later) forceItem(compartment, item, { epochKeys, score });
  const control = new Score();
  const earlier = replica.items.filter(({ position }) => position < knownSize);
  for (const item of earlier) forceItem(compartment, item, { epochKeys, score: control });
  const boxes = rows.boxes.filter((box) => box.compartmentId === compartmentId);
  const laterBoxes = boxes.filter(({ seq }) => linkPosition(compartment, seq) >= knownSize);
  for (const { seq, bytes } of laterBoxes) forceBox(compartment, { seq, bytes: fromBase64(bytes) }, { pairs, score });
  for (const { seq, bytes } of boxes.filter((box) => !laterBoxes.includes(box)))
    forceBox(compartment, { seq, bytes: fromBase64(bytes) }, { pairs, score: control });
  forceArchives(compartment, knownEpoch, { epochKeys, score });
  return {
    epochKeys: epochKeys.length,
    deviceKeys: pairs.length,
    laterItems: later.length,
    laterBoxes: laterBoxes.length,
    laterEpochs: replica.state.epoch - knownEpoch,
    attempts: score.attempts,
    opened: score.opened,
    controlOpened: control.opened,
  };
}

class Score {
  attempts = 0;
  opened = 0;

  try(open: () => unknown): void {
    this.attempts++;
    try {
      if (open() !== undefined) this.opened++;
    } catch (error) {
      if (!isRogatoryError(error)) throw error;
    }
  }
}

interface KeysToTry {
  readonly epochKeys: readonly KeyEntry[];
  readonly score: Score;
}

function forceItem(compartment: Compartment, item: VerifiedItem, { epochKeys, score }: KeysToTry): void {
  score.try(() => compartment.open(item));
  const book = epochBook(compartment.state);
  for (const entry of epochKeys) {
    const contexts = [book.epoch(item.signed.header.epoch), book.epoch(entry.epoch)];
    for (const context of contexts) if (context !== undefined) score.try(() => openBy(entry, context, item));
  }
}

/** As `openItem`, without asking whether the key is of that epoch. */
function openBy({ kind, key }: KeyEntry, context: EpochContext, { signed }: VerifiedItem): Uint8Array {
  const held = new Secret(key.slice());
  const readKey = kind === keyKinds.chain ? deriveReadKey(held, context) : held;
  const secret = deriveUseKey(readKey, 'item', context);
  return aeadOpen({ secret, purpose: aeadPurposes.item, sealed: signed.sealed, aad: signed.headerBytes });
}

/** Tries a box with every key pair, whomever it names. */
function forceBox(
  compartment: Compartment,
  { seq, bytes }: { readonly seq: number; readonly bytes: Uint8Array },
  { pairs, score }: { readonly pairs: readonly KemKey[]; readonly score: Score },
): void {
  const event = compartment.replica.events[linkPosition(compartment, seq)];
  if (event?.kind !== 'link') throw new Error('a stolen box belongs to no link');
  const box: Box = decodeBox(bytes);
  const context = linkContext(event.applied.signed.contextBytes);
  for (const key of pairs) {
    const own = { deviceId: box.deviceId, deviceKey: key, prekeys: [{ prekeyHash: box.prekeyHash, key }] };
    score.try(() => openKeyBox(box, own, context));
    score.try(() => openDisclosureBox(box, own, context));
  }
}

/** What an archive of a later epoch gives would be a key of an earlier one: none of them may open. */
function forceArchives({ state }: Compartment, knownEpoch: number, { epochKeys, score }: KeysToTry): void {
  const book = epochBook(state);
  for (let epoch = knownEpoch + 1; epoch <= state.epoch; epoch++) {
    const record = book.epoch(epoch);
    if (record === undefined || record.archive.length === 0) continue;
    for (const { key } of epochKeys) score.try(() => openArchive(record.archive, new Secret(key.slice()), record));
  }
}

function linkPosition({ replica }: Compartment, seq: number): number {
  return replica.events.findIndex((event) => event.kind === 'link' && event.applied.signed.link.seq === seq);
}
