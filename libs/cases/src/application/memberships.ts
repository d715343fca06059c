import type { CompartmentId, DeviceId } from '@rogatory/kernel';
import { accessRefused } from '@rogatory/access';
import type { ChainState } from '@rogatory/chain';
import type { Reader } from '@rogatory/platform-database';
import { type CompartmentHead, type CompartmentOfMember, isRoot } from '../domain/compartment.js';
import type { ChainStates } from './chain-states.js';
import type { CompartmentReader } from './compartment.store.js';
import { type DirectorySource, isLiveNow } from './directory-source.js';
import { type MembershipFacts, membershipIn, rowOfDevice, rowsOf } from './membership.js';

export interface MembershipsParts {
  readonly compartments: Pick<CompartmentReader, 'heads' | 'ownCompartments' | 'strangers'>;
  readonly states: Pick<ChainStates, 'links'>;
  readonly directory: DirectorySource;
}

/** Who asks, and when. */
export interface MembershipQuestion {
  readonly device: DeviceId;
  readonly nowMs: number;
}

/** A membership as the signed links have it. */
export interface JudgedMembership extends CompartmentOfMember {
  readonly facts: MembershipFacts;
}

/** A device that a row lets in and no link: somebody edited the rows behind the server. */
export interface Stranger {
  readonly compartmentId: CompartmentId;
  readonly deviceId: DeviceId;
}

/**
 * Memberships by the signed chains. A row of the table of members only lets its device see that there is a compartment
 * (the second wall); what the device is there, and whether it is anything, is what the verified links say.
 */
export class Memberships {
  readonly #parts: MembershipsParts;

  constructor(parts: MembershipsParts) {
    this.#parts = parts;
  }

  /**
   * The asker's membership; undefined where there is none, or none any more.
   * @throws RefusedError `access/refused` (`no-link`) where a row lets a device in that no link names; InternalError
   * `cases/row`, VerificationError when stored links are not the chain of the head.
   */
  async own(
    reader: Reader,
    id: CompartmentId,
    { device, nowMs }: MembershipQuestion,
  ): Promise<JudgedMembership | undefined> {
    if (!isLiveNow(this.#parts.directory, device, nowMs)) return undefined;
    const heads = await this.#parts.compartments.heads(reader, [id]);
    const head = heads.find(({ compartmentId }) => compartmentId === id);
    if (head === undefined) return undefined;
    const judged = judge(head, await this.#chains(reader, heads), { device, nowMs });
    // Heads are read together with the row that shows them: what the links do not say of the device, nobody signed.
    if (judged === 'no-link') throw accessRefused('no-link');
    return judged;
  }

  /**
   * The asker's compartments of a case, root first, and whoever the rows let into them beside the links.
   * @throws InternalError `cases/row`, VerificationError as `own`.
   */
  async ofCase(
    reader: Reader,
    caseId: CompartmentHead['caseId'],
    { device, nowMs }: MembershipQuestion,
  ): Promise<{ readonly own: readonly JudgedMembership[]; readonly strangers: readonly Stranger[] }> {
    const rows = await this.#parts.compartments.ownCompartments(reader, { device, nowMs, caseId, first: 1 });
    const heads = rows.map(({ head }) => head);
    const chains = await this.#chains(reader, heads);
    const own = heads.flatMap((head) => {
      const judged = judge(head, chains, { device, nowMs });
      return judged === undefined || judged === 'no-link' ? [] : [judged];
    });
    const named = [...chains.values()].flatMap((state) => rowsOf(state, rootOf(state, chains) ?? state));
    return { own, strangers: await this.#parts.compartments.strangers(reader, caseId, named) };
  }

  async #chains(reader: Reader, heads: readonly CompartmentHead[]): Promise<ReadonlyMap<CompartmentId, ChainState>> {
    const chains = new Map<CompartmentId, ChainState>();
    for (const head of heads) {
      const root = isRoot(head) ? undefined : chains.get(head.caseId as string as CompartmentId);
      if (!isRoot(head) && root === undefined) continue;
      chains.set(head.compartmentId, await this.#parts.states.links(reader, head, root));
    }
    return chains;
  }
}

function judge(
  head: CompartmentHead,
  chains: ReadonlyMap<CompartmentId, ChainState>,
  { device, nowMs }: MembershipQuestion,
): JudgedMembership | 'no-link' | undefined {
  const state = chains.get(head.compartmentId);
  const root = state && rootOf(state, chains);
  const member = state && root && rowOfDevice(state, root, device);
  if (state === undefined || root === undefined || member === undefined) return 'no-link';
  const facts = membershipIn(state, root, { device, nowMs });
  return facts && { head, member: { ...member, role: facts.role }, facts };
}

function rootOf(state: ChainState, chains: ReadonlyMap<CompartmentId, ChainState>): ChainState | undefined {
  return state.isRoot ? state : chains.get(state.caseId as string as CompartmentId);
}
