import {
  type CaseId,
  type CompartmentId,
  type DeviceId,
  limits,
  parseCaseId,
  parseCompartmentId,
  parseDeviceId,
  toBase64,
} from '@rogatory/kernel';
import { equalBytes, isRogatoryError, type PersonId } from '@rogatory/kernel';
import type { AuthorScene, ComposedLink, LinkScene } from '@rogatory/e2ee';
import { actSubjects } from '@rogatory/protocol';
import { refusedError, verificationError } from '../client.errors.js';
import {
  type AppendLinksMutation,
  appendLinksOperation,
  caseOperation,
  createCaseOperation,
} from '../operations.generated.js';
import { asBytes, asList, asText, asWhole } from '../transport/answer.js';
import type { CaseParts } from './case-parts.js';
import { Compartment } from './compartment.js';
import { Replica } from './replica.js';

const MAX_TRIES = 5;
const staleCodes = new Set(['chain/stale-head', 'chain/directory-behind', 'chain/root-behind', 'chain/log-head']);

type AppendAnswer = 'appended' | 'stale';
type ToldAppend = AppendLinksMutation['appendLinks'];

/** A case on this device: its root chain and the compartments of which this device is a member. */
export class OpenCase {
  readonly #parts: CaseParts;
  readonly caseId: CaseId;
  readonly #compartments = new Map<CompartmentId, Compartment>();

  constructor(parts: CaseParts, caseId: CaseId) {
    this.#parts = parts;
    this.caseId = caseId;
  }

  /** The root chain. */
  get root(): Compartment {
    return this.compartment(rootOf(this.caseId));
  }

  /** The root first, then the further ones in the order of their ids. */
  get compartments(): readonly Compartment[] {
    const further = [...this.#compartments.values()].filter(({ replica }) => replica.root !== undefined);
    return [this.root, ...further.sort((a, b) => (a.compartmentId < b.compartmentId ? -1 : 1))];
  }

  /** @throws RefusedError `client/not-a-member` for a compartment that was not opened to this device. */
  compartment(id: CompartmentId): Compartment {
    const found = this.#compartments.get(id);
    if (found === undefined) throw refusedError('client/not-a-member');
    return found;
  }

  has(id: CompartmentId): boolean {
    return this.#compartments.has(id);
  }

  /** Reads and verifies what is new in every compartment, root first. */
  async sync(): Promise<void> {
    await this.#parts.directory.syncWhenOld();
    const { ids, strangers } = await this.#ask();
    for (const stranger of strangers) await this.#parts.alarms.raise({ kind: 'stranger', ...stranger });
    await this.#adopt(rootOf(this.caseId)).sync();
    for (const id of ids) if (id !== rootOf(this.caseId)) await this.#adopt(id).sync();
  }

  /**
   * Composes links on the newest heads and has the server take them all or none; composes anew when others were faster.
   * @param involved persons who are no members yet and will get keys.
   * @throws RefusedError `client/contended`; what composing and the server throw.
   */
  async append(
    compose: (scenes: CaseScenes) => readonly ComposedLink[],
    involved: readonly PersonId[] = [],
  ): Promise<readonly ComposedLink[]> {
    return this.root.exclusive(() => this.appendHeld(compose, involved));
  }

  /** As `append`, for a caller that holds a compartment already. */
  async appendHeld(
    compose: (scenes: CaseScenes) => readonly ComposedLink[],
    involved: readonly PersonId[] = [],
  ): Promise<readonly ComposedLink[]> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const links = compose(await this.#scenes(involved));
      if (links.length === 0) return [];
      if ((await this.#send(links, 'append')) === 'appended') return links;
      await this.sync();
    }
    throw refusedError('client/contended');
  }

  /** Sends the links that begin a case. @throws what the server throws. */
  async begin(links: readonly ComposedLink[]): Promise<void> {
    if ((await this.#send(links, 'begin')) !== 'appended') throw refusedError('client/contended');
  }

  async #scenes(involved: readonly PersonId[]): Promise<CaseScenes> {
    const { directory, gateway, keys, deviceState } = this.#parts;
    const newest = this.compartments.reduce((at, { state }) => newer(at, state.directoryHead), { size: 0, timeMs: 0 });
    const directoryHead = await directory.syncWhenOld(newest);
    const members = this.compartments.flatMap(({ state }) => [...state.members.devices].map(([id]) => id));
    const guests = involved.flatMap((id) => directory.view.liveDevicesOf(id, directoryHead.timeMs));
    const devices = new Set<DeviceId>([...members, ...guests.map(({ deviceId }) => deviceId)]);
    const author: AuthorScene = {
      author: { deviceId: keys.deviceId, personId: keys.personId, signingKey: keys.signing },
      directory: directory.state,
      directoryHead,
      prekeysOf: await directory.prekeysOf([...devices].sort()),
      trust: deviceState.memory.local.trust,
      time: gateway.acts.time(),
      random: gateway.random,
    };
    return new CaseScenes(author, this.compartments);
  }

  async #send(links: readonly ComposedLink[], way: 'append' | 'begin'): Promise<AppendAnswer> {
    const [first] = links;
    if (first === undefined) throw refusedError('client/not-found');
    const inputs = links.map(({ linkBytes, boxes, next }) => ({
      compartmentId: next.compartmentId,
      link: toBase64(linkBytes),
      boxes: boxes.map(toBase64),
    }));
    const subject = actSubjects.appendLinks(
      first.signed.link,
      links.map(({ linkBytes }) => linkBytes),
    );
    const { gateway } = this.#parts;
    try {
      const told =
        way === 'begin'
          ? await gateway.call(createCaseOperation, { variables: { links: inputs }, subject }, (d) =>
              appended(d.createCase),
            )
          : await gateway.call(
              appendLinksOperation,
              { variables: { caseId: this.caseId, links: inputs }, subject },
              (d) => appended(d.appendLinks),
            );
      if (told === undefined) return 'stale';
      this.#requireHeads(links, told.heads);
      await this.#takeOwn(links, told.receivedAtMs);
      return 'appended';
    } catch (error) {
      if (isRogatoryError(error) && error.family === 'refused' && staleCodes.has(error.code)) return 'stale';
      throw error;
    }
  }

  /** What the server says it took must be what was sent. Of what this person has left it tells no head any more. */
  #requireHeads(links: readonly ComposedLink[], heads: readonly ToldHead[]): void {
    const newest = new Map(links.map(({ next }) => [next.compartmentId as string, next]));
    for (const [id, { head, leaving }] of newest) {
      const told = heads.find(({ compartmentId }) => compartmentId === id);
      if (told === undefined && leaving.has(this.#parts.keys.personId)) continue;
      const isOurs = told !== undefined && told.chainSeq === head.seq;
      if (!isOurs || !equalBytes(told.linkHash, head.linkHash)) throw verificationError('client/answer');
    }
  }

  async #takeOwn(links: readonly ComposedLink[], receivedAtMs: number): Promise<void> {
    for (const composed of links) await this.#adopt(composed.next.compartmentId).takeOwnLink(composed, receivedAtMs);
    for (const id of new Set(links.map(({ next }) => next.compartmentId))) await this.compartment(id).settle();
  }

  async #ask() {
    const call = { variables: { caseId: this.caseId }, subject: actSubjects.openCase(this.caseId) };
    return this.#parts.gateway.call(caseOperation, call, ({ case: told }) => {
      if (parseCaseId(asText(told.caseId)) !== this.caseId) throw verificationError('client/answer');
      const ids = (asList(told.compartments), told.compartments).map(({ compartmentId }) =>
        parseCompartmentId(compartmentId),
      );
      const strangers = (asList(told.strangers, limits.maxStrangersTold), told.strangers).map((stranger) => ({
        compartmentId: parseCompartmentId(stranger.compartmentId),
        deviceId: parseDeviceId(stranger.deviceId),
      }));
      return { ids, strangers };
    });
  }

  #adopt(compartmentId: CompartmentId): Compartment {
    const known = this.#compartments.get(compartmentId);
    if (known !== undefined) return known;
    const { gateway, directory } = this.#parts;
    const isRoot = compartmentId === rootOf(this.caseId);
    const parts = isRoot ? this.#parts : { ...this.#parts, syncRoot: async () => void (await this.root.sync()) };
    const replica = new Replica({
      caseId: this.caseId,
      compartmentId,
      directory,
      nowMs: () => gateway.clock.nowMs(),
      ...(isRoot ? {} : { root: this.root.replica }),
      fetchComplaints: () => this.compartment(compartmentId).complaints(),
    });
    const compartment = new Compartment(parts, replica);
    this.#compartments.set(compartmentId, compartment);
    return compartment;
  }
}

interface ToldHead {
  readonly compartmentId: string;
  readonly chainSeq: number;
  readonly linkHash: Uint8Array;
}

/** What a server says that it took; undefined when others were faster. Anything else is no answer. */
function appended(
  told: ToldAppend,
): { readonly heads: readonly ToldHead[]; readonly receivedAtMs: number } | undefined {
  if (told.__typename === 'StaleHead') return undefined;
  if (told.__typename !== 'LinksAppended') throw verificationError('client/answer');
  asList(told.heads);
  const heads = told.heads.map(({ compartmentId, chainSeq, linkHash }) => ({
    compartmentId: asText(compartmentId),
    chainSeq: asWhole(chainSeq),
    linkHash: asBytes(linkHash),
  }));
  return { heads, receivedAtMs: asWhole(told.receivedAtMs) };
}

/** The scenes of one attempt: each link composed is the ground of the next. */
export class CaseScenes {
  readonly author: AuthorScene;
  readonly #compartments: readonly Compartment[];
  readonly #made = new Map<CompartmentId, ComposedLink>();

  constructor(author: AuthorScene, compartments: readonly Compartment[]) {
    this.author = author;
    this.#compartments = compartments;
  }

  /** Ids of the opened compartments, root first. */
  get ids(): readonly CompartmentId[] {
    return this.#compartments.map(({ compartmentId }) => compartmentId);
  }

  /** Where a link of this compartment is composed now. @throws RefusedError `client/not-a-member`. */
  scene(id: CompartmentId): LinkScene {
    const compartment = this.#compartments.find(({ compartmentId }) => compartmentId === id);
    if (compartment === undefined) throw refusedError('client/not-a-member');
    const made = this.#made.get(id);
    const [root] = this.#compartments;
    const isRoot = compartment === root;
    const rootState = root && (this.#made.get(root.compartmentId)?.next ?? root.state);
    return {
      ...this.author,
      state: made?.next ?? compartment.state,
      keyring: made?.keyring ?? compartment.keyring,
      complaint: compartment.replica.facts().complaint,
      ...(isRoot || rootState === undefined ? {} : { root: rootState }),
    };
  }

  /** Takes a composed link as the ground of what follows. */
  note(composed: ComposedLink): ComposedLink {
    this.#made.set(composed.next.compartmentId, composed);
    return composed;
  }
}

/** The root chain has the case's own id. */
export function rootOf(caseId: CaseId): CompartmentId {
  return caseId as string as CompartmentId;
}

function newer<Head extends { readonly size: number; readonly timeMs: number }>(a: Head, b: Head): Head {
  return b.size > a.size || b.timeMs > a.timeMs ? b : a;
}
