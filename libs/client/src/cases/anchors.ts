import { type CompartmentId, isRogatoryError, limits, toBase64, utf8 } from '@rogatory/kernel';
import { actSubjects } from '@rogatory/protocol';
import { verificationError } from '../client.errors.js';
import type { WitnessPolicy } from '../directory/witness-policy.js';
import { compartmentAnchorOperation } from '../operations.generated.js';
import type { Gateway } from '../session/gateway.js';
import type { ServerFacts } from '../session/server-facts.js';
import type { AnchorMark } from '../state/device-memory.js';
import type { DeviceState } from '../state/device-state.js';
import type { SealedStore } from '../state/sealed-store.js';
import { asList } from '../transport/answer.js';
import { anchorFile, type ProvenAnchor, provenAnchor, type ToldAnchor } from './proven-anchor.js';
import type { Replica } from './replica.js';

export interface AnchorsParts {
  readonly gateway: Gateway;
  readonly deviceState: DeviceState;
  readonly store: Pick<SealedStore, 'read' | 'write'>;
  readonly server: Pick<ServerFacts, 'openHead' | 'trustIn'>;
  readonly witnesses: Pick<WitnessPolicy, 'vouch'>;
}

interface ShownAnchor {
  readonly told: ToldAnchor;
  readonly proven: ProvenAnchor;
}

const SLOT = 'refused-anchor';
/** By how much the clock of the server may differ from this device's: as `client/clock` has it. */
const CLOCKS_MS = limits.maxDirHeadAgeMs;

/**
 * Asks what the epochs of the audit log say of a compartment, and demands that what was replayed goes on from there: so that a
 * device without a memory of its own learns of more than the server's word how long a history is. SPEC: review 2.8
 */
export class Anchors {
  readonly #parts: AnchorsParts;

  /** By how much the clock of the day was ahead of the one that never steps, at most. */
  #aheadMs = Number.NEGATIVE_INFINITY;

  constructor(parts: AnchorsParts) {
    this.#parts = parts;
    this.#isSteady();
  }

  /**
   * Looks where it is time for it.
   * @param readOn reads what came since, where the replay ends before what an epoch says.
   * @throws VerificationError `client/anchor` when the replay is another than the epoch's, or the epoch is behind what this device
   * knew before it; `client/clock` where that may be because its own clock was set back; `client/anchor-missing` where there should
   * be an epoch and none is shown; UnavailableError when none can be shown and this device never saw one, or not for
   * `limits.maxUnanchoredMs`.
   */
  async demand(replica: Replica, readOn: () => Promise<void>): Promise<void> {
    const seen = this.#seen(replica.compartmentId);
    const ageMs = Math.abs(this.#nowMs() - (seen?.atMs ?? Number.NEGATIVE_INFINITY));
    const isDue = seen === undefined ? !this.#isYoung(replica) : ageMs >= limits.anchorCheckMs;
    if (!isDue) return;
    try {
      await this.#look(replica, readOn);
    } catch (error) {
      const mayWait = isRogatoryError(error) && error.family === 'unavailable' && ageMs < limits.maxUnanchoredMs;
      if (!mayWait) throw error;
    }
  }

  /**
   * The newest epoch that did not fit what this device replayed, with the heads that it replayed: JSON, for whoever looks into it;
   * undefined where there is none.
   */
  refused(): Promise<Uint8Array | undefined> {
    return this.#parts.store.read(SLOT);
  }

  async #look(replica: Replica, readOn: () => Promise<void>): Promise<void> {
    const { compartmentId } = replica;
    const shown = await this.#ask(compartmentId);
    if (shown === undefined) {
      if (this.#seen(compartmentId) === undefined && this.#isYoung(replica)) return;
      throw verificationError('client/anchor-missing');
    }
    const { entry, epochMs } = shown.proven;
    const nowMs = this.#nowMs();
    if (epochMs < nowMs - limits.maxAnchorAgeMs) throw verificationError('client/anchor-missing');
    // What came between the replay and the epoch is not there yet.
    if (replica.size <= entry.lastIndex) await readOn();
    const isUntimely = epochMs > nowMs + CLOCKS_MS || isBehind(shown.proven, this.#seen(compartmentId));
    if (isUntimely && !this.#isSteady()) throw verificationError('client/clock');
    try {
      if (isUntimely) throw verificationError('client/anchor');
      replica.requireAnchored(entry);
    } catch (error) {
      await this.#keep(replica, shown.told);
      throw error;
    }
    const mark = { atMs: nowMs, size: replica.size };
    await this.#parts.deviceState.set((memory) => ({
      ...memory,
      anchors: new Map(memory.anchors).set(compartmentId, mark),
    }));
  }

  #ask(compartmentId: CompartmentId): Promise<ShownAnchor | undefined> {
    const { gateway, server, witnesses } = this.#parts;
    const call = { variables: { compartmentId }, subject: actSubjects.readCompartment(compartmentId) };
    return gateway.call(compartmentAnchorOperation, call, ({ compartmentAnchor }) => {
      const [told] = (asList(compartmentAnchor, 1), compartmentAnchor);
      if (told === undefined) return undefined;
      const { origin } = server.trustIn();
      const openHead = (note: Uint8Array) => {
        witnesses.vouch(note, server.trustIn());
        return server.openHead(note);
      };
      return { told, proven: provenAnchor(told, compartmentId, { origin, openHead }) };
    });
  }

  async #keep(replica: Replica, told: ToldAnchor): Promise<void> {
    const { head, content } = replica.state;
    const replayed = {
      ...{ links: head.seq + 1, linkHash: toBase64(head.linkHash) },
      ...{ contentSize: content.size, contentRoot: toBase64(content.root) },
    };
    const { compartmentId } = replica;
    await this.#parts.store.write(SLOT, utf8(JSON.stringify({ compartmentId, replayed, shown: anchorFile(told) })));
  }

  /** Whether it began so lately that no epoch need name it yet, by the signed word of whoever began it. */
  #isYoung({ events }: Replica): boolean {
    const [first] = events;
    if (first?.kind !== 'link') return true;
    return Math.abs(this.#nowMs() - first.applied.signed.link.time.timeMs) < limits.maxAnchorAgeMs;
  }

  #seen(compartmentId: CompartmentId): AnchorMark | undefined {
    return this.#parts.deviceState.memory.anchors.get(compartmentId);
  }

  /**
   * A clock that was set back makes every honest epoch one to come, and what was seen seem older than it is. Nothing that a server
   * says tells of it: the clock that never steps does. (A machine that slept only seems to have been set ahead.)
   */
  #isSteady(): boolean {
    const { clock } = this.#parts.gateway;
    const aheadMs = clock.nowMs() - clock.monotonicMs();
    this.#aheadMs = Math.max(this.#aheadMs, aheadMs);
    return aheadMs >= this.#aheadMs - CLOCKS_MS;
  }

  #nowMs(): number {
    return this.#parts.gateway.clock.nowMs();
  }
}

/** Whoever makes the epochs may leave out what is newest; not before the eyes of those who have seen it. */
function isBehind({ entry, epochMs }: ProvenAnchor, seen: AnchorMark | undefined): boolean {
  return seen !== undefined && epochMs > seen.atMs + CLOCKS_MS && entry.lastIndex + 1 < seen.size;
}
