import type { DeviceId } from '@rogatory/kernel';
import { itemHash as itemHashOf } from '@rogatory/chain';
import {
  decodeDocumentManifest,
  type DisclosedItem,
  itemClasses,
  linkTypes,
  type SignedItem,
} from '@rogatory/protocol';
import { composeRefused } from '../e2ee.errors.js';
import { wrapMessageKey } from '../files/file-key-wrap.js';
import { itemMessageKey, openItem } from '../items/item-sealing.js';
import { disclosedKinds, type DisclosedKey, sealDisclosureBox } from '../keys/disclosed-keys.js';
import { epochBook } from '../keys/epoch-book.js';
import type { EpochBook } from '../keys/epoch-keyring.js';
import { composeLink } from './assemble.js';
import type { ComposedLink, LinkScene } from './scene.js';

/**
 * Gives member devices the keys of single items, of documents with their files, from epochs that they cannot open; by a
 * lead. They see the original items and signatures.
 * @param disclosure items that `chain` has verified.
 */
export function composeDisclose(
  scene: LinkScene,
  disclosure: { readonly devices: readonly DeviceId[]; readonly items: readonly SignedItem[] },
): ComposedLink {
  const { state, random } = scene;
  const recipients = [...disclosure.devices].sort().map((device) => {
    const member = state.members.device(device);
    if (member === undefined) throw composeRefused('not-a-member');
    return member;
  });
  const book = epochBook(state);
  const keys = disclosure.items.flatMap((item) => keysOf(scene, item, book));
  const disclosed = disclosure.items.map(nameOf).sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  return composeLink(scene, {
    type: linkTypes.disclose,
    body: { devices: recipients.map(({ deviceId }) => deviceId), disclosed },
    startsEpoch: false,
    boxes: {
      recipients,
      seal: (recipient, contextHash) => sealDisclosureBox({ recipient, contextHash, keys, random }),
      ungivenEpochs: [],
    },
  });
}

function nameOf(item: SignedItem): DisclosedItem {
  const { objectId, version } = item.header;
  return { objectId, version, itemHash: itemHashOf(item) };
}

function orderOf({ objectId, version }: DisclosedItem): string {
  return `${objectId}:${String(version).padStart(10, '0')}`;
}

function keysOf({ keyring }: LinkScene, item: SignedItem, book: EpochBook): DisclosedKey[] {
  const epoch = book.epoch(item.header.epoch);
  if (epoch === undefined) throw composeRefused('item-of-another-chain');
  const itemHash = itemHashOf(item);
  const key: DisclosedKey = { kind: disclosedKinds.item, itemHash, messageKey: itemMessageKey(item, epoch, keyring) };
  if (item.header.itemClass !== itemClasses.document) return [key];
  const manifest = decodeDocumentManifest(openItem(item, epoch, keyring));
  const messageKey = wrapMessageKey({ keyring, epoch, binding: manifest }, manifest.wrappedKey);
  return [key, { kind: disclosedKinds.file, itemHash, messageKey }];
}
