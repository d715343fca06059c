import { type CompartmentId, type DeviceId, equalBytes, isRogatoryError, limits, toBase64 } from '@rogatory/kernel';
import {
  type AppliedLink,
  type ChainState,
  linkContext,
  recipientsOf,
  verifyBox,
  verifyHeartbeat,
} from '@rogatory/chain';
import {
  type BoxFault,
  type ComposedLink,
  type CompartmentState,
  type DisclosedKey,
  disclosedKinds,
  epochBook,
  EpochKeyring,
  makeComplaint,
  makeHeartbeat,
  openDisclosedItem,
  openDisclosureBox,
  openItemBody,
  takeBox,
} from '@rogatory/e2ee';
import { actSubjects, type Box, decodeSignedLink, type ItemBody, type KeyEntry, linkTypes } from '@rogatory/protocol';
import { verificationError } from '../client.errors.js';
import {
  boxesOperation,
  complainOperation,
  complaintsOperation,
  contentLogOperation,
  heartbeatsOperation,
  sendHeartbeatOperation,
} from '../operations.generated.js';
import { compartmentOf, marksOf, withCompartment, withMarks } from '../state/device-state.js';
import { Mutex } from '../state/mutex.js';
import { asBytes, asFlag, asList, asWhole, readAnswer } from '../transport/answer.js';
import type { CaseParts } from './case-parts.js';
import type { PeerWord } from '../acts/peer-heads.js';
import { heardOut } from './heard-out.js';
import { newestWords, peerWord } from './peer-words.js';
import { Replica, type ToldEvent, type VerifiedEvent, type VerifiedItem } from './replica.js';
import { type ToldBox, toldBox, toldEvent } from './told-content.js';

const HEARTBEAT_MS = limits.headConfirmationMs / 2;

/**
 * A compartment on this device: its verified replica, the keys that were sealed to this device, and what is owed to the
 * others (heartbeats, complaints). All that a server gives goes through the verifier first.
 */
export class Compartment {
  readonly #parts: CaseParts;
  readonly replica: Replica;
  readonly keyring = new EpochKeyring();
  readonly #turn = new Mutex();
  readonly #reading = new Mutex();
  readonly #settling = new Mutex();
  /** Links that gave this device a box not taken yet, by number. */
  readonly #owedBoxes = new Map<number, AppliedLink>();
  #disclosed: readonly DisclosedKey[] = [];
  #isRestored = false;
  readonly #listeners = new Set<() => void>();
  /** Positions of items whose author made them unreadable, and that were told of. */
  readonly #badItems = new Set<number>();

  constructor(parts: CaseParts, replica: Replica) {
    this.#parts = parts;
    this.replica = replica;
  }

  get compartmentId(): CompartmentId {
    return this.replica.compartmentId;
  }

  get state(): ChainState {
    return this.replica.state;
  }

  /** Lets one writer at a time compose, send and take in. */
  exclusive<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#turn.run(work);
  }

  /**
   * Reads and verifies everything new, takes the keys that are owed to this device, saves heads and keys.
   * Now and then, and at first, an epoch of the audit log has to say the same; not `afterWrite`: that write stands already.
   * @returns what is new.
   * @throws VerificationError of the verifier, `client/history-rollback`; what `Anchors.demand` throws.
   */
  async sync({ afterWrite = false } = {}): Promise<VerifiedEvent[]> {
    const events: VerifiedEvent[] = [];
    const readOn = (): Promise<void> => this.#sync(events);
    const demand = afterWrite ? undefined : () => this.#parts.anchors.demand(this.replica, readOn);
    const read = () => this.#checked(() => readOn().then(demand));
    await heardOut(read, () => this.#compareHeads(events));
    return events;
  }

  /** One reader at a time; a history that is refused is kept as an alarm, whatever the server shows later. */
  #checked<Result>(read: () => Promise<Result>): Promise<Result> {
    return this.#reading.run(() => this.#parts.alarms.guard(read, { compartmentId: this.compartmentId }));
  }

  async #sync(events: VerifiedEvent[]): Promise<void> {
    for (let hasMore = true; hasMore; ) {
      const before = this.replica.size;
      const page = await this.#page();
      for await (const slice of this.replica.ahead(page.events, this.#parts.signatureCheck)) {
        for (const event of slice) events.push(...(await this.#take(event)));
      }
      hasMore = page.hasMore;
      // A page that says that there is more must have brought something, or this would never end.
      if (hasMore && this.replica.size === before) throw verificationError('client/answer');
      const { content } = this.state;
      const isSame = hasMore || (page.size === content.size && equalBytes(page.root, content.root));
      // What this device wrote meanwhile was not there yet when the page was read: asks for what comes after it.
      const hasGrown = page.size < content.size && content.size > before + page.events.length;
      if (!isSame && !hasGrown) throw verificationError('client/history-rollback');
      hasMore ||= !isSame;
    }
    await this.settle();
  }

  /** Takes one event of a subscription in. @returns undefined for one that is known. */
  async receive(event: ToldEvent): Promise<VerifiedEvent | undefined> {
    const taken = await this.#checked(async () => {
      const [first] = await this.#take(event);
      if (first?.kind === 'link') await this.settle();
      return first;
    });
    if (taken?.kind === 'item') await this.#compareHeads([taken]);
    return taken;
  }

  /** After new events: compares with what was saved, takes boxes, saves. */
  settle(): Promise<void> {
    return this.#settling.run(async () => {
      this.#restore();
      await this.#takeBoxes();
      await this.save();
    });
  }

  /** Takes an own link in that the server accepted, and its keys, which this device made itself. */
  async takeOwnLink(composed: ComposedLink, receivedAtMs: number): Promise<void> {
    const position = composed.signed.link.logHead.size;
    await this.replica.take({ position, isLink: true, bytes: composed.linkBytes, receivedAtMs });
    this.#isRestored ||= position === 0;
    this.keyring.learn(composed.keyring.exportEntries(), epochBook(this.state));
    this.#changed();
  }

  /** Takes an own item in that the server accepted at this place, where everything before it is known. */
  async takeOwnItem(event: ToldEvent): Promise<boolean> {
    if (event.position !== this.replica.size) return false;
    await this.#take(event);
    return true;
  }

  /** Calls back whenever something was taken in. @returns stops. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /**
   * The content of a verified item; undefined when this device was given no key to it. Read through `contentOf`.
   * @throws VerificationError, CodecError for one that its author sealed wrongly.
   */
  open(item: VerifiedItem): Uint8Array | undefined {
    return this.#body(item)?.content;
  }

  /** What other devices say of the audit log has to fit what this one was shown. SPEC: audit 14 */
  #compareHeads(events: readonly VerifiedEvent[]): Promise<void> {
    const { gateway, keys } = this.#parts;
    return gateway.compareHeads(newestWords(events, keys.deviceId, (item) => this.#body(item)));
  }

  #body(item: VerifiedItem): ItemBody | undefined {
    const { signed, itemHash } = item;
    const epoch = epochBook(this.state).epoch(signed.header.epoch);
    if (epoch !== undefined && this.keyring.canRead(epoch.epoch)) return openItemBody(signed, epoch, this.keyring);
    const key = this.disclosedKey(disclosedKinds.item, itemHash);
    return key && { content: openDisclosedItem(signed, key.messageKey) };
  }

  /** Raises a concern about an item that cannot be read, once. */
  tellBadItem({ position, sender }: VerifiedItem, code: string): void {
    if (this.#badItems.has(position)) return;
    this.#badItems.add(position);
    const { compartmentId } = this;
    const { personId, deviceId } = sender;
    this.#parts.alarms.tell({ kind: 'bad-item', compartmentId, position, personId, deviceId, code });
  }

  disclosedKey(kind: DisclosedKey['kind'], itemHash: Uint8Array): DisclosedKey | undefined {
    return this.#disclosed.find((key) => key.kind === kind && equalBytes(key.itemHash, itemHash));
  }

  /** Reads the newest heartbeats of the others; each that fits confirms our heads, one that does not is a fork. */
  async readHeartbeats(): Promise<void> {
    const { compartmentId } = this;
    const call = { variables: { compartmentId }, subject: actSubjects.readCompartment(compartmentId) };
    const told = await this.#parts.gateway.call(heartbeatsOperation, call, ({ heartbeats }) =>
      asList(heartbeats, limits.maxDevicesPerCompartment).map(asBytes),
    );
    await this.#parts.gateway.compareHeads(told.flatMap((bytes) => this.#hear(bytes) ?? []));
  }

  /** States this device's heads when it has not for half a day, so that the others may go on writing. */
  async beat(isForced = false): Promise<boolean> {
    const { gateway, deviceState, directory, keys } = this.#parts;
    const { compartmentId, state } = this;
    const nowMs = gateway.clock.nowMs();
    const dueMs = Math.min(HEARTBEAT_MS, state.policy.headConfirmationMs / 2);
    const isDue = nowMs >= marksOf(deviceState.memory, compartmentId).heartbeatAtMs + dueMs;
    if (!isForced && !isDue) return false;
    const directoryHead = await directory.syncWhenOld(state.directoryHead);
    const contentHead = { size: state.content.size, root: state.content.root };
    const heads = { chainHead: state.head, contentHead, directoryHead };
    const auditHead = await gateway.carriedHead();
    const said = { deviceId: keys.deviceId, compartmentId, ...heads, ...(auditHead && { auditHead }) };
    const bytes = makeHeartbeat({ ...said, time: gateway.acts.time() }, keys.signing);
    const call = {
      variables: { heartbeat: toBase64(bytes) },
      subject: actSubjects.sendHeartbeat(compartmentId, bytes),
    };
    await gateway.call(sendHeartbeatOperation, call, (data) => asFlag(data.sendHeartbeat));
    await deviceState.set((memory) => withMarks(memory, { ...marksOf(memory, compartmentId), heartbeatAtMs: nowMs }));
    return true;
  }

  /** Saves heads and keys, merged with what another process of this profile may have saved. */
  async save(): Promise<void> {
    const { compartmentId } = this;
    const keys = this.keyring.exportEntries();
    const { head, content } = this.state;
    const boxSeq = Math.min(head.seq, ...[...this.#owedBoxes.keys()].map((seq) => seq - 1));
    await this.#parts.deviceState.set((memory) => {
      const before = compartmentOf(memory, this.replica);
      const marks = marksOf(memory, compartmentId);
      const isNewer = content.size > before.contentHead.size;
      const hasKeys = keys.length > before.keys.length;
      if (!isNewer && !hasKeys && marks.boxSeq >= boxSeq) return memory;
      const heads = isNewer ? { chainHead: head, contentHead: { size: content.size, root: content.root } } : {};
      const next: CompartmentState = { ...before, ...heads, keys: mergedKeys(before.keys, keys) };
      const disclosed = this.#disclosed.length > marks.disclosed.length ? this.#disclosed : marks.disclosed;
      return withMarks(withCompartment(memory, next), { ...marks, boxSeq: Math.max(boxSeq, marks.boxSeq), disclosed });
    });
  }

  /** Complaints as the server has them, unverified. */
  async complaints(): Promise<readonly Uint8Array[]> {
    const { compartmentId } = this;
    const call = { variables: { compartmentId }, subject: actSubjects.readCompartment(compartmentId) };
    return this.#parts.gateway.call(complaintsOperation, call, ({ complaints }) =>
      asList(complaints, limits.maxDevicesPerCompartment).map(asBytes),
    );
  }

  async #page() {
    const { compartmentId, size } = this.replica;
    const variables = { compartmentId, from: size, first: limits.maxPageItems };
    const call = { variables, subject: actSubjects.readCompartment(compartmentId) };
    return this.#parts.gateway.call(contentLogOperation, call, ({ contentLog }) => ({
      events: (asList(contentLog.events), contentLog.events.map(toldEvent)),
      size: asWhole(contentLog.size),
      root: asBytes(contentLog.root),
      hasMore: asFlag(contentLog.hasMore),
    }));
  }

  async #take(event: ToldEvent): Promise<VerifiedEvent[]> {
    const { root } = this.replica;
    const needsRoot = root !== undefined && this.#citesNewerRoot(event);
    if (needsRoot) await this.#parts.syncRoot?.();
    const taken = await this.replica.take(event);
    if (taken === undefined) return [];
    this.#note(taken);
    this.#changed();
    return [taken];
  }

  /** A link of a further compartment may cite a root link that came since. */
  #citesNewerRoot({ isLink, bytes }: ToldEvent): boolean {
    const { root } = this.replica;
    if (!isLink || root === undefined) return false;
    if (root.isEmpty) return true;
    return readAnswer(() => decodeSignedLink(bytes).link.rootHead.seq) > root.state.head.seq;
  }

  #note(event: VerifiedEvent): void {
    if (event.kind !== 'link') return;
    const { applied } = event;
    const { seq } = applied.signed.link;
    const { deviceState, directory, keys } = this.#parts;
    if (seq <= marksOf(deviceState.memory, this.compartmentId).boxSeq) return;
    const isOwed = recipientsOf(applied, directory.state).includes(keys.deviceId);
    if (isOwed) this.#owedBoxes.set(seq, applied);
  }

  /** Once per start: what was saved must be a part of what was replayed, and gives its keys back. */
  #restore(): void {
    if (this.#isRestored) return;
    const { memory } = this.#parts.deviceState;
    const saved = compartmentOf(memory, this.replica);
    this.replica.requireExtends(saved);
    this.keyring.learn(saved.keys, epochBook(this.state));
    this.#disclosed = marksOf(memory, this.compartmentId).disclosed;
    this.#isRestored = true;
  }

  async #takeBoxes(): Promise<void> {
    if (this.#owedBoxes.size === 0) return;
    const boxes = await this.#fetchBoxes(Math.min(...this.#owedBoxes.keys()));
    for (const [seq, applied] of [...this.#owedBoxes].sort(([a], [b]) => a - b)) {
      const fault = this.#takeBox(applied, boxes.get(seq));
      if (fault !== undefined) await this.#complain(applied, fault);
      this.#owedBoxes.delete(seq);
    }
  }

  #takeBox(applied: AppliedLink, told: ToldBox | undefined): BoxFault | undefined {
    const { keys } = this.#parts;
    const own = keys.kemKeys();
    const decoded = told && this.#verified(applied, told, own.deviceId);
    if (applied.signed.link.type === linkTypes.disclose) {
      const context = linkContext(applied.signed.contextBytes);
      if (decoded !== undefined) this.#disclosed = [...this.#disclosed, ...openDisclosureBox(decoded, own, context)];
      return decoded === undefined ? { kind: 'missing' } : undefined;
    }
    const box = told && decoded && { bytes: told.bytes, decoded };
    const outcome = takeBox({ applied, box, own, keyring: this.keyring });
    return outcome.kind === 'fault' ? outcome.fault : undefined;
  }

  /** A box that is not the one of the link counts as missing: the server withheld the right one. */
  #verified(applied: AppliedLink, told: ToldBox, deviceId: DeviceId): Box | undefined {
    try {
      const box = verifyBox(applied, told, this.#parts.directory.state);
      return box.deviceId === deviceId ? box : undefined;
    } catch (error) {
      if (isRogatoryError(error)) return undefined;
      throw error;
    }
  }

  async #fetchBoxes(fromSeq: number): Promise<Map<number, ToldBox>> {
    const { compartmentId } = this;
    const found = new Map<number, ToldBox>();
    for (let from = fromSeq, hasMore = true; hasMore; ) {
      const variables = { compartmentId, fromSeq: from, first: limits.maxPageItems };
      const call = { variables, subject: actSubjects.readBoxes(compartmentId) };
      const page = await this.#parts.gateway.call(boxesOperation, call, ({ boxes }) => ({
        boxes: (asList(boxes.boxes), boxes.boxes.map(toldBox)),
        hasMore: asFlag(boxes.hasMore),
      }));
      for (const { seq, ...box } of page.boxes) found.set(seq, box);
      const last = page.boxes.at(-1)?.seq;
      hasMore = page.hasMore && last !== undefined && last >= from && last < this.state.head.seq;
      from = (last ?? from) + 1;
    }
    return found;
  }

  async #complain(applied: AppliedLink, fault: BoxFault): Promise<void> {
    const { gateway, keys, alarms } = this.#parts;
    const { compartmentId } = this;
    alarms.tell({ kind: 'box-fault', compartmentId, code: fault.kind });
    const { seq, epoch } = applied.signed.link;
    const place = { deviceId: keys.deviceId, compartmentId, link: { seq, linkHash: applied.linkHash }, epoch };
    const bytes = makeComplaint({ ...place, fault, time: gateway.acts.time() }, keys.signing);
    const call = { variables: { complaint: toBase64(bytes) }, subject: actSubjects.complain(compartmentId, bytes) };
    await gateway.call(complainOperation, call, (data) => asFlag(data.complain));
  }

  /** What the other says of the audit log, where the heartbeat counts. */
  #hear(bytes: Uint8Array): PeerWord | undefined {
    try {
      const { heartbeat, member } = verifyHeartbeat(this.state, bytes, this.replica.facts());
      this.replica.confirm({ deviceId: heartbeat.deviceId, saidAtMs: heartbeat.time.timeMs });
      return peerWord(member, heartbeat);
    } catch (error) {
      if (!isRogatoryError(error)) throw error;
      if (error.code !== 'chain/fork') return undefined; // a stale or foreign heartbeat confirms nothing, and harms nothing
      this.#parts.alarms.tell({ kind: 'fork', compartmentId: this.compartmentId, code: error.code });
      throw verificationError('client/fork', { cause: error });
    }
  }
}

function mergedKeys(before: readonly KeyEntry[], now: readonly KeyEntry[]): KeyEntry[] {
  const merged = new Map([...before, ...now].map((entry) => [`${entry.kind}:${entry.epoch}`, entry]));
  return [...merged.values()];
}
