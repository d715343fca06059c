import { type CaseId, type CompartmentId, limits, type PersonId, parseCaseId } from '@rogatory/kernel';
import { rotationReasons } from '@rogatory/chain';
import {
  type ComposedLink,
  composeCase,
  composeClose,
  composeCompartment,
  composeLeave,
  composeRemovalFromCase,
  composePolicy,
  composeReopen,
  composeRole,
  composeRotate,
} from '@rogatory/e2ee';
import {
  actSubjects,
  type CaseInfoContent,
  type CasePolicy,
  type CaseRole,
  decodeCaseInfo,
  encodeCaseInfo,
  type ItemClass,
  itemClasses,
} from '@rogatory/protocol';
import { idBytes } from '@rogatory/kernel';
import { caseFingerprint, type Fingerprint } from '@rogatory/pki';
import { verificationError } from '../client.errors.js';
import { casesOperation } from '../operations.generated.js';
import { asFlag, asList, asWhole } from '../transport/answer.js';
import type { CaseParts } from './case-parts.js';
import type { Compartment } from './compartment.js';
import { contentOf, itemsOf } from './item-content.js';
import { demandPostable, newObjectId, postItem } from './item-posting.js';
import { type CaseScenes, OpenCase, rootOf } from './open-case.js';
import type { VerifiedItem } from './replica.js';

export interface CaseDraft {
  readonly title: string;
  readonly description?: string;
  /** Further compartments, by title. */
  readonly compartments?: readonly string[];
  readonly policy?: CasePolicy;
  /** When the creator's membership ends by itself; by default in thirteen months. */
  readonly notAfterMs?: number;
}

/** A case as the server lists it: unverified, for choosing one to open. */
export interface ListedCase {
  readonly caseId: CaseId;
  readonly isClosed: boolean;
  readonly createdAtMs: number;
  readonly compartments: number;
}

/** Cases, their compartments and who is in them. */
export class Cases {
  readonly #parts: CaseParts;
  readonly #open = new Map<CaseId, OpenCase>();

  constructor(parts: CaseParts) {
    this.#parts = parts;
  }

  /** What the server lists for this device. Open a case to see anything verified. */
  async list(): Promise<ListedCase[]> {
    const found: ListedCase[] = [];
    const known = new Set<CaseId>();
    for (let after: string | undefined, hasMore = true; hasMore; ) {
      const variables = { first: limits.defaultPageItems, ...(after === undefined ? {} : { after }) };
      const call = { variables, subject: actSubjects.listCases() };
      const page = await this.#parts.gateway.call(casesOperation, call, ({ cases }) => ({
        cases: (asList(cases.cases), cases.cases).map((told) => ({
          caseId: parseCaseId(told.caseId),
          isClosed: asFlag(told.isClosed),
          createdAtMs: asWhole(told.createdAtMs),
          compartments: asList(told.compartments, limits.maxCompartmentsPerCase + 1).length,
        })),
        hasMore: asFlag(cases.hasMore),
      }));
      for (const { caseId } of page.cases) {
        if (known.has(caseId)) throw verificationError('client/answer');
        known.add(caseId);
      }
      found.push(...page.cases);
      after = page.cases.at(-1)?.caseId;
      hasMore = page.hasMore && after !== undefined && known.size < limits.maxListedCases;
    }
    return found;
  }

  /** Begins a case with this person as its only lead, and its further compartments. */
  async create(draft: CaseDraft): Promise<OpenCase> {
    const { gateway, directory, keys } = this.#parts;
    const directoryHead = await directory.syncWhenOld();
    const own = directory.view.liveDevicesOf(keys.personId, directoryHead.timeMs).map(({ deviceId }) => deviceId);
    const author = {
      author: { deviceId: keys.deviceId, personId: keys.personId, signingKey: keys.signing },
      directory: directory.state,
      directoryHead,
      prekeysOf: await directory.prekeysOf(own),
      trust: this.#parts.deviceState.memory.local.trust,
      time: gateway.acts.time(),
      random: gateway.random,
    };
    const notAfterMs = draft.notAfterMs ?? gateway.clock.nowMs() + limits.maxCertificateMs;
    const terms = { notAfterMs, ...(draft.policy && { policy: draft.policy }) };
    const links = [composeCase(author, terms)];
    const titles = draft.compartments ?? [];
    const further: CompartmentId[] = [];
    for (let i = 0, last = links[0] as ComposedLink; i < titles.length; i++) {
      const { announcement, genesis } = composeCompartment(
        { ...author, state: last.next, keyring: last.keyring },
        terms,
      );
      links.push(announcement, genesis);
      further.push(genesis.next.compartmentId);
      last = announcement;
    }
    const { caseId } = (links[0] as ComposedLink).next;
    const open = new OpenCase(this.#parts, caseId);
    await open.begin(links);
    this.#open.set(caseId, open);
    await this.describe(open, rootOf(caseId), { title: draft.title, description: draft.description ?? '' });
    for (const [i, id] of further.entries())
      await this.describe(open, id, { title: titles[i] as string, description: '' });
    return open;
  }

  /** Opens a case: reads and verifies every compartment of which this device is a member, and states its heads. */
  async open(caseId: CaseId): Promise<OpenCase> {
    const open = this.#open.get(caseId) ?? new OpenCase(this.#parts, caseId);
    await open.sync();
    this.#open.set(caseId, open);
    for (const compartment of open.compartments) await compartment.beat();
    return open;
  }

  /** Adds a compartment with this person as its only member; by a lead of the case. */
  async addCompartment(open: OpenCase, title: string, notAfterMs?: number): Promise<CompartmentId> {
    const ends = notAfterMs ?? this.#parts.gateway.clock.nowMs() + limits.maxCertificateMs;
    const links = await open.append((scenes) => {
      const made = composeCompartment(scenes.scene(rootOf(open.caseId)), { notAfterMs: ends });
      return [made.announcement, made.genesis];
    });
    const { compartmentId } = (links[1] as ComposedLink).next;
    await this.describe(open, compartmentId, { title, description: '' });
    return compartmentId;
  }

  /** Posts title and description of a case (in its root) or compartment. */
  describe(open: OpenCase, id: CompartmentId, info: CaseInfoContent): Promise<VerifiedItem> {
    const plaintext = encodeCaseInfo(info);
    const version = this.#infoItems(open.compartment(id)).length + 1;
    return this.post(open, id, () => ({
      itemClass: itemClasses.caseInfo,
      objectId: newObjectId(this.#parts.gateway.random),
      version,
      plaintext,
    }));
  }

  /** Title and description as last posted; undefined when this device cannot open them. */
  info(compartment: Compartment): CaseInfoContent | undefined {
    for (const item of this.#infoItems(compartment).reverse()) {
      const read = contentOf(compartment, item, decodeCaseInfo);
      if (read.kind === 'open') return read.content;
    }
    return undefined;
  }

  /** What members of a case compare by another way. */
  fingerprint(caseId: CaseId): Fingerprint {
    return caseFingerprint(idBytes(caseId));
  }

  /** Takes a person out of the case and of every compartment, with new keys; by a lead. */
  remove(open: OpenCase, personId: PersonId): Promise<readonly ComposedLink[]> {
    return open.append((scenes) => {
      const [root, ...further] = scenes.ids.map((id) => scenes.scene(id));
      return root === undefined ? [] : composeRemovalFromCase(root, further, personId);
    });
  }

  /** Gives a person another role everywhere; by a lead. */
  setRole(open: OpenCase, personId: PersonId, role: CaseRole): Promise<readonly ComposedLink[]> {
    const hasOther = (scenes: CaseScenes, id: CompartmentId): boolean => {
      const member = scenes.scene(id).state.members.person(personId);
      return member !== undefined && member.role !== role;
    };
    return open.append((scenes) =>
      scenes.ids
        .filter((id) => hasOther(scenes, id))
        .map((id) => scenes.note(composeRole(scenes.scene(id), personId, role))),
    );
  }

  /** Leaves the case: a remaining member renews the keys. */
  leave(open: OpenCase): Promise<readonly ComposedLink[]> {
    const { personId } = this.#parts.keys;
    // The root last: who leaves the case can sign nothing in its compartments any more.
    return open.append((scenes) =>
      membersOf(scenes, personId)
        .reverse()
        .map((id) => scenes.note(composeLeave(scenes.scene(id)))),
    );
  }

  close(open: OpenCase): Promise<readonly ComposedLink[]> {
    return open.append((scenes) => [composeClose(scenes.scene(rootOf(open.caseId)))]);
  }

  reopen(open: OpenCase): Promise<readonly ComposedLink[]> {
    return open.append((scenes) => [composeReopen(scenes.scene(rootOf(open.caseId)))]);
  }

  /** Renews the key of every compartment that has a reason to: a leave, an ended device, age. @returns how many. */
  async rotateWhenDue(open: OpenCase): Promise<number> {
    return (await open.append((scenes) => this.#dueRotations(scenes, scenes.ids))).length;
  }

  /** Renews the key of one compartment, reason or not; without a reason by a lead only. */
  async rotate(open: OpenCase, id: CompartmentId): Promise<void> {
    await open.append((scenes) => [composeRotate(scenes.scene(id))]);
  }

  /**
   * Makes the rules of one compartment stricter; what is left out stays. By a lead.
   * @throws VerificationError `chain/policy` for what would loosen them, is out of bounds, or asks for more leads than there are.
   */
  async tighten(open: OpenCase, id: CompartmentId, changes: Partial<CasePolicy>): Promise<CasePolicy> {
    await open.append((scenes) => {
      const scene = scenes.scene(id);
      return [composePolicy(scene, { ...scene.state.policy, ...changes })];
    });
    return open.compartment(id).state.policy;
  }

  /** Posts an item of any class; keys are renewed first where the chain demands it. */
  post(
    open: OpenCase,
    id: CompartmentId,
    draft: Parameters<typeof postItem>[1],
    way: Parameters<typeof postItem>[2] = {},
  ): Promise<VerifiedItem> {
    const rotate = async (): Promise<void> => {
      await open.appendHeld((scenes) => this.#dueRotations(scenes, [id]));
    };
    return postItem({ cases: this.#parts, compartment: open.compartment(id), rotate }, draft, way);
  }

  /** @throws RefusedError `chain/closed`, `e2ee/write` with the obstacle, for what could not be posted in the end either. */
  demandPostable(open: OpenCase, id: CompartmentId, itemClass: ItemClass): Promise<void> {
    return demandPostable({ cases: this.#parts, compartment: open.compartment(id) }, itemClass);
  }

  #dueRotations(scenes: CaseScenes, ids: readonly CompartmentId[]): ComposedLink[] {
    const { directory, directoryHead } = scenes.author;
    const moment = { directory, view: directory.at(directoryHead.size), atMs: directoryHead.timeMs };
    return ids.flatMap((id) => {
      const scene = scenes.scene(id);
      return rotationReasons(scene.state, moment).length === 0 ? [] : [scenes.note(composeRotate(scene))];
    });
  }

  #infoItems(compartment: Compartment): VerifiedItem[] {
    return itemsOf(compartment, itemClasses.caseInfo);
  }
}

/** Compartments where a person is a member, root first, so that what follows cites the new root. */
function membersOf(scenes: CaseScenes, personId: PersonId): CompartmentId[] {
  return scenes.ids.filter((id) => scenes.scene(id).state.members.person(personId) !== undefined);
}
