import {
  type AuthorityId,
  type DeviceId,
  limits,
  type ObjectId,
  type RandomBytes,
  type Secret,
} from '@rogatory/kernel';
import {
  aeadMessageKey,
  aeadOpen,
  aeadOpenDisclosed,
  aeadSeal,
  padme,
  padPlaintext,
  SEAL_OVERHEAD_BYTES,
  unpadPlaintext,
} from '@rogatory/crypto/seal';
import type { SigningKey } from '@rogatory/crypto/sign';
import { itemBodyHash, itemHash } from '@rogatory/chain';
import {
  aeadPurposes,
  CARRIED_HEAD_BYTES,
  type CarriedHead,
  decodeItemBody,
  type DirectoryHead,
  encodeItemBody,
  encodeItemHeader,
  encodeSignedItem,
  type ItemBody,
  type ItemClass,
  type ItemHeader,
  itemSignedBytes,
  type LogHead,
  type OperationFacts,
  signaturePurposes,
  type SignedItem,
  type SignedTime,
  type TaskFacts,
} from '@rogatory/protocol';
import { itemError } from '../e2ee.errors.js';
import type { EpochKeyring, EpochRecord } from '../keys/epoch-keyring.js';
import type { ItemNumber } from './sender-journal.js';

/** Who seals: a member device. */
export interface ItemAuthor {
  readonly deviceId: DeviceId;
  readonly authorityId: AuthorityId;
  readonly signingKey: SigningKey;
}

/** The place in the chain and log that an item cites: all of it verified by this device. */
export interface ItemPlace {
  /** The newest epoch. */
  readonly epoch: EpochRecord;
  /** Hash of the newest link. */
  readonly linkHash: Uint8Array;
  readonly directoryHead: DirectoryHead;
  readonly logHead: LogHead;
}

export interface SealItemInput {
  readonly author: ItemAuthor;
  readonly place: ItemPlace;
  readonly keyring: EpochKeyring;
  readonly number: ItemNumber;
  readonly itemClass: ItemClass;
  readonly objectId: ObjectId;
  readonly version: number;
  /** For the change of a task alone: what everybody who carries it may read. */
  readonly task?: TaskFacts;
  /** For the record of an operation alone, likewise. */
  readonly operation?: OperationFacts;
  /** The encoded content of the class (protocol `contents`). */
  readonly plaintext: Uint8Array;
  /** Newest head of the audit log that the author verified; sealed with the content. */
  readonly auditHead?: CarriedHead;
  readonly time: SignedTime;
  readonly random: RandomBytes;
}

export interface SealedItem {
  readonly header: ItemHeader;
  /** Encoded and signed: journal it, then send it. */
  readonly bytes: Uint8Array;
  readonly itemHash: Uint8Array;
}

function headerOf(input: SealItemInput): ItemHeader {
  const { author, place, number, itemClass, objectId, version, auditHead, time } = input;
  const bodyLength = (auditHead === undefined ? 0 : CARRIED_HEAD_BYTES) + input.plaintext.length;
  const { suite, caseId, compartmentId, epoch } = place.epoch;
  return {
    itemClass,
    ...(auditHead === undefined ? {} : { carriesAuditHead: true as const }),
    suite,
    caseId,
    compartmentId,
    objectId,
    version,
    epoch,
    linkHash: place.linkHash,
    authorityId: author.authorityId,
    senderDevice: author.deviceId,
    ...number,
    directoryHead: place.directoryHead,
    logHead: place.logHead,
    time,
    ...(input.task && { task: input.task }),
    ...(input.operation && { operation: input.operation }),
    sealedLength: padme(4 + bodyLength) + SEAL_OVERHEAD_BYTES,
  };
}

/**
 * Seals and signs one item for the newest epoch, padded to a Padmé size.
 * @throws RefusedError `e2ee/no-key` without the epoch's key; VerificationError `e2ee/item` when it is too long.
 */
export function sealItem(input: SealItemInput): SealedItem {
  const header = headerOf(input);
  const headerBytes = encodeItemHeader(header);
  if (headerBytes.length + header.sealedLength + 64 > limits.maxItemBytes) throw itemError();
  const secret = input.keyring.useKey(input.place.epoch, 'item');
  const body = encodeItemBody({ content: input.plaintext, ...(input.auditHead && { auditHead: input.auditHead }) });
  const plaintext = padPlaintext(body);
  try {
    const sealed = aeadSeal({ secret, purpose: aeadPurposes.item, random: input.random, plaintext, aad: headerBytes });
    const message = itemSignedBytes(headerBytes, itemBodyHash(sealed));
    const signature = input.author.signingKey.sign(signaturePurposes.item, message);
    const bytes = encodeSignedItem({ headerBytes, sealed, signature });
    return { header, bytes, itemHash: itemHash({ headerBytes, sealed }) };
  } finally {
    secret.wipe();
    plaintext.fill(0);
  }
}

/**
 * The content of an item that `chain` has verified: signature, place and sender are its matter, the seal is ours.
 * @throws RefusedError `e2ee/no-key`; VerificationError `crypto/open`, or `e2ee/item` for another epoch's record.
 */
export function openItem(item: SignedItem, epoch: EpochRecord, keyring: EpochKeyring): Uint8Array {
  return openItemBody(item, epoch, keyring).content;
}

/** The content with the head that it carries. @throws as `openItem`. */
export function openItemBody(item: SignedItem, epoch: EpochRecord, keyring: EpochKeyring): ItemBody {
  checkEpoch(item, epoch);
  const secret = keyring.useKey(epoch, 'item');
  try {
    const { sealed, headerBytes: aad } = item;
    return bodyOf(item, aeadOpen({ secret, purpose: aeadPurposes.item, sealed, aad }));
  } finally {
    secret.wipe();
  }
}

/** The key of this one item, for a disclosure. @throws as `openItem`. */
export function itemMessageKey(item: SignedItem, epoch: EpochRecord, keyring: EpochKeyring): Secret {
  checkEpoch(item, epoch);
  const secret = keyring.useKey(epoch, 'item');
  try {
    return aeadMessageKey({ secret, purpose: aeadPurposes.item, sealed: item.sealed, aad: item.headerBytes });
  } finally {
    secret.wipe();
  }
}

/** The content of an item that was disclosed to this device alone. @throws VerificationError `crypto/open`. */
export function openDisclosedItem(item: SignedItem, messageKey: Secret): Uint8Array {
  return bodyOf(item, aeadOpenDisclosed({ messageKey, sealed: item.sealed, aad: item.headerBytes })).content;
}

function bodyOf({ header }: SignedItem, plaintext: Uint8Array): ItemBody {
  return decodeItemBody(unpadPlaintext(plaintext), header.carriesAuditHead === true);
}

function checkEpoch({ header }: SignedItem, epoch: EpochRecord): void {
  const fits =
    header.suite === epoch.suite &&
    header.caseId === epoch.caseId &&
    header.compartmentId === epoch.compartmentId &&
    header.epoch === epoch.epoch;
  if (!fits) throw itemError();
}
