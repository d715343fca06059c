import { type Client, type Compartment, type OpenCase, operations, type UnlockedKeyStore } from '@rogatory/client';
import { type CompartmentId, type ObjectId, type PersonId, systemRandom, toBase64, toHex } from '@rogatory/kernel';
import { boxRootOf, itemBodyHash, zeroHash } from '@rogatory/chain';
import { newestEpochRecord, sealItem } from '@rogatory/e2ee';
import {
  actSubjects,
  type CarriedHead,
  decodeSignedLink,
  encodeItemHeader,
  encodeLink,
  encodeMessageContent,
  encodeSignedItem,
  encodeSignedLink,
  type ItemHeader,
  itemClasses,
  itemSignedBytes,
  type Link,
  type LinkBody,
  type LinkType,
  signaturePurposes,
} from '@rogatory/protocol';

/** What composing stands on, as the SDK hands it to those who compose. */
export type Scenes = Parameters<Parameters<OpenCase['append']>[0]>[0];

export interface RawLink {
  readonly compartmentId: CompartmentId;
  readonly bytes: Uint8Array;
  readonly boxes: readonly Uint8Array[];
}

/** The scenes of a case without composing anything in them. */
export async function scenesOf(open: OpenCase, involved: readonly PersonId[] = []): Promise<Scenes> {
  let seen: Scenes | undefined;
  await open.append((scenes) => {
    seen = scenes;
    return [];
  }, involved);
  if (seen === undefined) throw new Error('nothing was composed');
  return seen;
}

/**
 * A member with a valid session and their own cryptography: signs and sends whatever it is told, past every check of the
 * SDK.
 */
export class RawMember {
  readonly client: Client;
  readonly keys: UnlockedKeyStore;

  constructor(client: Client, keys: UnlockedKeyStore) {
    this.client = client;
    this.keys = keys;
  }

  /** Sends links in one act. @returns what the server made of them. */
  send(open: OpenCase, links: readonly RawLink[]): Promise<string> {
    const [first] = links.map(({ bytes }) => decodeSignedLink(bytes).link);
    if (first === undefined) throw new Error('no link');
    const inputs = links.map(({ compartmentId, bytes, boxes }) => {
      return { compartmentId, link: toBase64(bytes), boxes: boxes.map(toBase64) };
    });
    const subject = actSubjects.appendLinks(
      first,
      links.map(({ bytes }) => bytes),
    );
    const call = { variables: { caseId: open.caseId, links: inputs }, subject };
    return this.client.gateway.call(operations.appendLinksOperation, call, (told) => told.appendLinks.__typename);
  }

  post(bytes: Uint8Array, header: ItemHeader): Promise<string> {
    const call = { variables: { item: toBase64(bytes) }, subject: actSubjects.postItem(header, bytes) };
    return this.client.gateway.call(operations.postItemOperation, call, (told) => told.postItem.__typename);
  }

  /** Fields of a link as this member wants them, under this member's own signature. */
  sign(link: Link): Uint8Array {
    const { signedBytes } = encodeLink(link);
    return encodeSignedLink({ signedBytes, signature: this.keys.signing.sign(signaturePurposes.link, signedBytes) });
  }

  /** A link that others made, with other boxes, under this member's own signature. */
  reboxed(link: Link, boxes: readonly Uint8Array[]): RawLink {
    const { compartmentId } = link;
    return { compartmentId, boxes, bytes: this.sign({ ...link, boxRoot: boxRootOf(boxes) }) };
  }

  /** A link on the newest heads that says what it likes. */
  link(compartment: Compartment, wish: { readonly type: LinkType; readonly body: LinkBody }): RawLink {
    const { state, replica, compartmentId } = compartment;
    const root = replica.root?.state;
    const bytes = this.sign({
      ...{ ...wish, isBarrier: false, suite: state.suite, caseId: state.caseId, compartmentId },
      ...{ seq: state.head.seq + 1, epoch: state.epoch, baseEpoch: state.epoch },
      ...{ previousLinkHash: state.head.linkHash, rootHead: root?.head ?? { seq: 0, linkHash: zeroHash() } },
      ...{ directoryHead: this.client.directory.head, logHead: { size: state.content.size, root: state.content.root } },
      ...{ time: this.client.gateway.acts.time(), signerDevice: this.keys.deviceId },
      ...{ memberRoot: state.members.root(), boxRoot: zeroHash(), keyCommit: zeroHash(), readCommit: zeroHash() },
      archive: new Uint8Array(0),
    });
    return { compartmentId, bytes, boxes: [] };
  }

  /** A message on the newest heads, sealed as it should be, that every member can open. */
  message(compartment: Compartment, text: string, auditHead?: CarriedHead) {
    const { state, keyring } = compartment;
    const { deviceId, authorityId, signing } = this.keys;
    const last = state.senders.get(deviceId);
    const objectId = toHex(systemRandom(16)) as ObjectId;
    const content = { threadId: objectId, subject: '', text, references: [], wantsAcknowledgement: false };
    return sealItem({
      author: { deviceId, authorityId, signingKey: signing },
      place: {
        ...{ epoch: newestEpochRecord(state), linkHash: state.head.linkHash },
        directoryHead: this.client.directory.head,
        logHead: { size: state.content.size, root: state.content.root },
      },
      number: {
        ...{ senderSeq: (last?.senderSeq ?? 0) + 1, voids: 0 },
        previousSenderHash: last?.itemHash ?? zeroHash(),
      },
      ...{ keyring, itemClass: itemClasses.message, objectId, version: 1, plaintext: encodeMessageContent(content) },
      ...(auditHead && { auditHead }),
      ...{ time: this.client.gateway.acts.time(), random: systemRandom },
    });
  }

  /** An item with a header of this member's making, sealed to nobody. */
  item(header: ItemHeader): Uint8Array {
    const sealed = systemRandom(header.sealedLength);
    const headerBytes = encodeItemHeader(header);
    const message = itemSignedBytes(headerBytes, itemBodyHash(sealed));
    return encodeSignedItem({
      headerBytes,
      sealed,
      signature: this.keys.signing.sign(signaturePurposes.item, message),
    });
  }
}
