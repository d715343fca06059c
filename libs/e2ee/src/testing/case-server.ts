import { type CompartmentId, type DeviceId, toHex } from '@rogatory/kernel';
import {
  type AppliedItem,
  type AppliedLink,
  applyItem,
  applyLink,
  type ChainState,
  verifyBoxes,
} from '@rogatory/chain';
import { type Box, decodeSignedLink } from '@rogatory/protocol';
import type { FederationWorld } from '@rogatory/pki/testing';

/** One accepted thing of a content log, as the server stores and delivers it. */
export type LogEntry =
  | {
      readonly kind: 'link';
      readonly bytes: Uint8Array;
      readonly boxes: ReadonlyMap<DeviceId, { readonly bytes: Uint8Array; readonly decoded: Box }>;
      readonly applied: AppliedLink;
    }
  | { readonly kind: 'item'; readonly bytes: Uint8Array; readonly applied: AppliedItem };

/** What an honest server does, in memory: verify, order, store, hand out. Holds no key. */
export class CaseServer {
  readonly #federation: FederationWorld;
  readonly #states = new Map<CompartmentId, ChainState>();
  readonly #logs = new Map<CompartmentId, LogEntry[]>();
  readonly #complaints = new Map<string, Uint8Array>();
  readonly #prekeys = new Map<DeviceId, Uint8Array[]>();

  constructor(federation: FederationWorld) {
    this.#federation = federation;
  }

  state(id: CompartmentId): ChainState {
    const state = this.#states.get(id);
    if (state === undefined) throw new RangeError('no such compartment');
    return state;
  }

  log(id: CompartmentId): readonly LogEntry[] {
    return this.#logs.get(id) ?? [];
  }

  compartments(): CompartmentId[] {
    return [...this.#states.keys()];
  }

  publishPrekey(deviceId: DeviceId, bytes: Uint8Array): void {
    this.#prekeys.set(deviceId, [...(this.#prekeys.get(deviceId) ?? []), bytes]);
  }

  readonly prekeysOf = (deviceId: DeviceId): readonly Uint8Array[] => this.#prekeys.get(deviceId) ?? [];
  readonly complaint = (hash: Uint8Array): Uint8Array | undefined => this.#complaints.get(toHex(hash));

  fileComplaint(hash: Uint8Array, bytes: Uint8Array): void {
    this.#complaints.set(toHex(hash), bytes);
  }

  /** Accepts a link or throws what the verifier throws; nothing is stored of a refused one. */
  submitLink(bytes: Uint8Array, boxes: readonly Uint8Array[]): AppliedLink {
    const { compartmentId } = decodeSignedLink(bytes).link;
    const before = this.#states.get(compartmentId);
    const applied = applyLink(before, bytes, this.#facts(compartmentId));
    const decoded = verifyBoxes(applied, boxes, this.#federation.state);
    const byDevice = new Map(decoded.map((box, i) => [box.deviceId, { bytes: boxes[i] as Uint8Array, decoded: box }]));
    this.#states.set(compartmentId, applied.state);
    this.#append(compartmentId, { kind: 'link', bytes, boxes: byDevice, applied });
    return applied;
  }

  submitItem(compartmentId: CompartmentId, bytes: Uint8Array): AppliedItem {
    const applied = applyItem(this.state(compartmentId), bytes, this.#facts(compartmentId));
    this.#states.set(compartmentId, applied.state);
    this.#append(compartmentId, { kind: 'item', bytes, applied });
    return applied;
  }

  #facts(compartmentId: CompartmentId) {
    const caseId = this.#states.get(compartmentId)?.caseId ?? [...this.#states.values()][0]?.caseId;
    const root = this.#states.get(caseId as string as CompartmentId);
    return {
      directory: this.#federation.state,
      reception: { receivedAtMs: this.#federation.nowMs },
      complaint: this.complaint,
      ...(root !== undefined && root.compartmentId !== compartmentId && { root }),
    };
  }

  #append(id: CompartmentId, entry: LogEntry): void {
    const log = this.#logs.get(id);
    if (log === undefined) this.#logs.set(id, [entry]);
    else log.push(entry);
  }
}
