import { type CompartmentId, type ObjectId, type RandomBytes, toHex } from '@rogatory/kernel';
import { KemKey } from '@rogatory/crypto/seal';
import { complaintHash, type ChainState } from '@rogatory/chain';
import { makePrekey } from '@rogatory/pki';
import type { FederationWorld, WorldDevice } from '@rogatory/pki/testing';
import {
  currentSuite,
  decodeSignedComplaint,
  decodeSignedPrekey,
  type DirectoryHead,
  type ItemClass,
  itemClasses,
  type KeyEntry,
} from '@rogatory/protocol';
import { contexts } from '@rogatory/protocol';
import { hash } from '@rogatory/crypto/verify';
import type { ComposedLink, LinkScene } from '../compose/scene.js';
import { composeItem, type ComposedItem, type WriteScene } from '../items/compose-item.js';
import { emptySenderJournal, reconcileSender, type SenderJournal } from '../items/sender-journal.js';
import type { DeviceKemKeys } from '../keys/boxes.js';
import { openKeyBox } from '../keys/boxes.js';
import { epochBook } from '../keys/epoch-book.js';
import { EpochKeyring } from '../keys/epoch-keyring.js';
import { takeBox } from '../keys/take-box.js';
import { type BoxFault, makeComplaint } from '../trust/statements.js';
import type { TrustDecisions } from '../trust/contacts.js';
import { linkContext } from '@rogatory/chain';
import type { CaseServer, LogEntry } from './case-server.js';

export interface FaultFound {
  readonly entry: Extract<LogEntry, { kind: 'link' }>;
  readonly fault: BoxFault;
}

/** A member device in a test: real keys, real state, and a memory of every key it ever saw. */
export class CaseDevice {
  readonly world: WorldDevice;
  readonly keys: DeviceKemKeys;
  readonly #federation: FederationWorld;
  readonly #server: CaseServer;
  readonly #trust: () => TrustDecisions;
  readonly #keyrings = new Map<CompartmentId, EpochKeyring>();
  readonly #taken = new Map<CompartmentId, number>();
  readonly #journals = new Map<CompartmentId, SenderJournal>();
  readonly faults: FaultFound[] = [];
  random: RandomBytes;

  constructor(
    world: WorldDevice,
    place: {
      readonly federation: FederationWorld;
      readonly server: CaseServer;
      readonly trust: () => TrustDecisions;
      readonly random: RandomBytes;
      readonly hasPrekey: boolean;
    },
  ) {
    this.world = world;
    this.#federation = place.federation;
    this.#server = place.server;
    this.#trust = place.trust;
    this.random = place.random;
    this.keys = { deviceId: world.id, deviceKey: world.kem, prekeys: place.hasPrekey ? [this.#makePrekey()] : [] };
  }

  get id() {
    return this.world.id;
  }

  get personId() {
    return this.world.person.id;
  }

  get directoryHead(): DirectoryHead {
    return { ...this.#federation.state.head, timeMs: this.#federation.nowMs };
  }

  keyring(id: CompartmentId): EpochKeyring {
    const found = this.#keyrings.get(id) ?? new EpochKeyring();
    this.#keyrings.set(id, found);
    return found;
  }

  journal(id: CompartmentId): SenderJournal {
    return this.#journals.get(id) ?? emptySenderJournal;
  }

  setJournal(id: CompartmentId, journal: SenderJournal): void {
    this.#journals.set(id, journal);
  }

  /** Takes what the log holds for this device since the last time. */
  sync(id: CompartmentId): void {
    const log = this.#server.log(id);
    for (let at = this.#taken.get(id) ?? 0; at < log.length; at++) {
      const entry = log[at];
      if (entry?.kind !== 'link') continue;
      const box = entry.boxes.get(this.id);
      if (box === undefined || box.decoded.sealed.length === 0) continue;
      const isDisclosure = entry.applied.signed.link.body.disclosed !== undefined;
      if (isDisclosure) continue;
      const outcome = takeBox({ applied: entry.applied, box, own: this.keys, keyring: this.keyring(id) });
      if (outcome.kind === 'fault') this.faults.push({ entry, fault: outcome.fault });
    }
    this.#taken.set(id, log.length);
  }

  /** Everything that every box ever addressed to this device gives, checked against nothing. */
  everyKeyEverReceived(id: CompartmentId): KeyEntry[] {
    return this.#server.log(id).flatMap((entry) => {
      const box = entry.kind === 'link' ? entry.boxes.get(this.id) : undefined;
      if (entry.kind !== 'link' || box === undefined) return [];
      try {
        return openKeyBox(box.decoded, this.keys, linkContext(entry.applied.signed.contextBytes));
      } catch {
        return [];
      }
    });
  }

  scene(id: CompartmentId): LinkScene {
    this.sync(id);
    const state = this.#server.state(id);
    const root = this.#rootOf(state);
    return {
      author: { deviceId: this.id, personId: this.personId, signingKey: this.world.signing },
      directory: this.#federation.state,
      directoryHead: this.directoryHead,
      prekeysOf: this.#server.prekeysOf,
      trust: this.#trust(),
      time: this.#federation.time,
      random: this.random,
      state,
      keyring: this.keyring(id),
      complaint: this.#server.complaint,
      ...(root && { root }),
    };
  }

  /** Sends a link; once accepted, its author holds the new key. */
  send(composed: ComposedLink): void {
    this.#server.submitLink(composed.linkBytes, composed.boxes);
    this.sync(composed.next.compartmentId);
  }

  writeScene(id: CompartmentId): WriteScene {
    const { state, root, keyring, directory, directoryHead } = this.scene(id);
    const nowMs = this.#federation.nowMs;
    const confirmations = new Map([...state.members.devices].map(([device]) => [device, nowMs] as const));
    const head = { deviceId: this.id, state, keyring, directory, directoryHead, confirmations, nowMs };
    return root === undefined ? head : { ...head, root };
  }

  compose(id: CompartmentId, plaintext: Uint8Array, itemClass: ItemClass = itemClasses.message): ComposedItem {
    const observed = this.#server.state(id).senders.get(this.id) ?? emptySenderJournal.accepted;
    const journal = reconcileSender(this.journal(id), observed).journal;
    const objectId = toHex(this.random(16)) as ObjectId;
    const common = { signingKey: this.world.signing, time: this.#federation.time, random: this.random };
    const scene = { ...this.writeScene(id), ...common, journal };
    return composeItem(scene, { itemClass, objectId, version: 1, plaintext });
  }

  post(id: CompartmentId, plaintext: Uint8Array, itemClass: ItemClass = itemClasses.message): ComposedItem {
    const composed = this.compose(id, plaintext, itemClass);
    this.setJournal(id, composed.journal);
    this.#server.submitItem(id, composed.bytes);
    return composed;
  }

  /** Files a complaint about a fault; gives its hash. */
  complain({ entry, fault }: FaultFound): Uint8Array {
    const { state, linkHash, signed } = entry.applied;
    const link = { seq: signed.link.seq, linkHash };
    const place = { deviceId: this.id, compartmentId: state.compartmentId, link, epoch: signed.link.epoch };
    const bytes = makeComplaint({ ...place, fault, time: this.#federation.time }, this.world.signing);
    const complained = complaintHash(decodeSignedComplaint(bytes).signedBytes);
    this.#server.fileComplaint(complained, bytes);
    return complained;
  }

  /** Epochs that this device can open, by a keyring built anew from all it ever received. */
  readableEpochs(id: CompartmentId): number[] {
    const fresh = new EpochKeyring();
    fresh.learn(this.everyKeyEverReceived(id), epochBook(this.#server.state(id)));
    return fresh.readableEpochs();
  }

  #rootOf(state: ChainState): ChainState | undefined {
    return state.isRoot ? undefined : this.#server.state(state.caseId as string as CompartmentId);
  }

  #makePrekey(): DeviceKemKeys['prekeys'][number] {
    const key = KemKey.generate(this.random);
    const notBeforeMs = this.#federation.nowMs - 1000;
    const bytes = makePrekey(
      {
        suite: currentSuite,
        deviceId: this.world.id,
        prekeyId: 1,
        kemKey: key.publicKey,
        notBeforeMs,
        notAfterMs: notBeforeMs + 13 * 24 * 3_600_000,
      },
      this.world.signing,
    );
    this.#server.publishPrekey(this.world.id, bytes);
    return { prekeyHash: hash(contexts.prekey, decodeSignedPrekey(bytes).signedBytes), key };
  }
}
