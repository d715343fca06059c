import type { CompartmentId, DeviceId } from '@rogatory/kernel';
import type { Bus, Subscription, Wake } from '@rogatory/platform-bus';
import { type Cut, decodeCut, encodeCut, type MembershipPlace, membershipPlace } from '../domain/cut.js';
import type { Acting, Standing } from './standing.js';

export const cutOffTopic = 'cut-off';

interface Watcher {
  readonly acting: Acting;
  readonly place: MembershipPlace | undefined;
  readonly cut: CutWatch;
}

/** Called when a channel has to end. `isSure` is false where nobody can tell whose right ended: who comes back is judged. */
export type CutWatch = (isSure: boolean) => void;

export interface CutOffHubParts {
  readonly bus: Bus;
  readonly standing: Standing;
  readonly onFault: (error: unknown) => void;
}

/**
 * Ends whatever is open for a device, person, session or membership that lost its right: here before the call returns, on
 * other servers as soon as the bus wakes them. Every long-lived channel watches its principal here, and looks at the
 * rights again at each delivery all the same.
 */
export class CutOffHub {
  readonly #parts: CutOffHubParts;
  readonly #watchers = new Set<Watcher>();
  readonly #listeners = new Set<(cut: Cut) => void>();
  #subscription: Subscription | undefined;

  constructor(parts: CutOffHubParts) {
    this.#parts = parts;
  }

  /** Open channels that are watched. */
  get watched(): number {
    return this.#watchers.size;
  }

  /**
   * Calls `cut` once, when the principal no longer stands or its device loses the compartment; at once when it does not
   * stand now. @returns stops watching.
   */
  watch(acting: Acting, compartmentId: CompartmentId | undefined, cut: CutWatch): () => void {
    const place = compartmentId === undefined ? undefined : membershipPlace(compartmentId, acting.deviceId);
    const watcher: Watcher = { acting, place, cut };
    this.#watchers.add(watcher);
    if (!this.#parts.standing.stands(acting)) this.#end(watcher, true);
    return () => this.#watchers.delete(watcher);
  }

  /** Whether a principal may still act, for each delivery. No I/O. */
  stands(acting: Acting): boolean {
    return this.#parts.standing.stands(acting);
  }

  /** Tells of every cut, for caches. @returns stops listening. */
  onCut(listener: (cut: Cut) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Cuts here and on every other server. Call it after the commit. */
  cut(...cuts: readonly Cut[]): void {
    for (const cut of cuts) this.cutHere(cut);
    this.#parts.bus.publish(
      cutOffTopic,
      cuts.flatMap((cut) => encodeCut(cut) ?? []),
    );
  }

  /** Devices that lost what they had in compartments. Call it after the commit. */
  lost(access: readonly { readonly compartmentId: CompartmentId; readonly deviceId: DeviceId }[]): void {
    this.cut(
      ...access.map(({ compartmentId, deviceId }) => {
        return { kind: 'membership', place: membershipPlace(compartmentId, deviceId) } as const;
      }),
    );
  }

  /** Cuts in this process alone, where every server learns of the reason by itself. */
  cutHere(cut: Cut): void {
    if (cut.kind === 'session') this.#parts.standing.sessionEnded(cut.sessionId);
    for (const listener of this.#listeners) this.#safely(() => listener(cut));
    for (const watcher of this.#watchers) if (this.#isEnded(watcher, cut)) this.#end(watcher, cut.kind !== 'everyone');
  }

  start(): void {
    this.#subscription ??= this.#parts.bus.subscribe(cutOffTopic, (wake) => this.#wake(wake));
  }

  stop(): void {
    this.#subscription?.close();
    this.#subscription = undefined;
  }

  #wake(wake: Wake): void {
    const cuts: readonly Cut[] = wake.kind === 'ids' ? wake.ids.map(decodeCut) : [{ kind: 'everyone' }];
    for (const cut of cuts) this.cutHere(cut);
  }

  #isEnded({ acting, place }: Watcher, cut: Cut): boolean {
    switch (cut.kind) {
      case 'membership':
        return cut.place === place;
      case 'session':
        return cut.sessionId === acting.sessionId;
      case 'device':
        return cut.deviceId === acting.deviceId && !this.#parts.standing.stands(acting);
      case 'person':
        return cut.personId === acting.personId && !this.#parts.standing.stands(acting);
      case 'authority':
        return !this.#parts.standing.stands(acting);
      case 'everyone':
        // A lost membership cannot be told from a kept one here, and the client comes back by itself.
        return place !== undefined || !this.#parts.standing.stands(acting);
    }
  }

  #end(watcher: Watcher, isSure: boolean): void {
    if (this.#watchers.delete(watcher)) this.#safely(() => watcher.cut(isSure));
  }

  #safely(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#parts.onFault(error);
    }
  }
}
