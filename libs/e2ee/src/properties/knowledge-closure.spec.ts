import { describe, expect, it } from '@jest/globals';
import { isRogatoryError } from '@rogatory/kernel';
import { linkContext } from '@rogatory/chain';
import type { SignedItem } from '@rogatory/protocol';
import fc from 'fast-check';
import { openDisclosedItem, openItem } from '../items/item-sealing.js';
import { openDisclosureBox } from '../keys/disclosed-keys.js';
import { epochBook } from '../keys/epoch-book.js';
import { EpochKeyring } from '../keys/epoch-keyring.js';
import type { CaseDevice } from '../testing/case-device.js';
import { histories, History } from '../testing/history.js';
import { propertyTimeoutMs, runs } from '../testing/runs.js';

/** Whether the device can open the item with anything that it ever received. */
function canOpen(history: History, device: CaseDevice, item: SignedItem): boolean {
  const book = epochBook(history.state);
  const keyring = new EpochKeyring();
  keyring.learn(device.everyKeyEverReceived(history.id), book);
  const epoch = book.epoch(item.header.epoch);
  if (epoch === undefined) return false;
  return (
    opens(() => openItem(item, epoch, keyring)) ||
    disclosedKeys(history, device).some((key) => opens(() => openDisclosedItem(item, key)))
  );
}

function disclosedKeys(history: History, device: CaseDevice) {
  return history.world.server.log(history.id).flatMap((entry) => {
    const box = entry.kind === 'link' ? entry.boxes.get(device.id) : undefined;
    if (entry.kind !== 'link' || box === undefined || entry.applied.signed.link.body.disclosed === undefined) return [];
    const contextHash = linkContext(entry.applied.signed.contextBytes);
    return openDisclosureBox(box.decoded, device.keys, contextHash).map(({ messageKey }) => messageKey);
  });
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

describe('property 1: knowledge closure', () => {
  it(
    'every device can compute exactly the epochs, and open exactly the items, that policy grants',
    () => {
      fc.assert(
        fc.property(histories(14), ({ seed, commands }) => {
          const history = new History(seed);
          for (const command of commands) history.play(command);
          for (const device of history.world.devices.values()) {
            const known = history.model.knownBy(device.id);
            expect(device.readableEpochs(history.id)).toEqual(known);
            expect(device.faults).toEqual([]);
            for (const item of history.items) {
              const isGranted = known.includes(item.header.epoch) || history.disclosed.get(device)?.has(item) === true;
              expect(canOpen(history, device, item)).toBe(isGranted);
            }
          }
        }),
        { seed: 1, numRuns: runs(60) },
      );
    },
    propertyTimeoutMs,
  );
});
