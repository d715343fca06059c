import { type Clock, type DeviceId, limits, RateWindow } from '@rogatory/kernel';
import { accessRefused, type RequestContext } from '@rogatory/access';
import type { Acted, ActPlan, ActRunner } from '@rogatory/audit';
import { actSubjects, auditObjectKinds } from '@rogatory/protocol';
import { prekeyRate, wrongPage } from '../domain/directory.errors.js';
import type { PrekeyStore } from './directory.store.js';
import type { DirectoryReader } from './directory-reader.js';

export interface ReadPrekeysParts {
  readonly acts: Pick<ActRunner, 'run'>;
  readonly prekeys: Pick<PrekeyStore, 'newestOf'>;
  readonly directory: Pick<DirectoryReader, 'current'>;
  readonly clock: Clock;
}

/** Of one device asked for: its newest valid prekey; undefined for none, and for a device that is not live or not there. */
export interface FoundPrekey {
  readonly deviceId: DeviceId;
  readonly prekey: Uint8Array | undefined;
}

/** Reads what boxes are sealed to. Reading uses nothing up, and no reader may ask without end. */
export class ReadPrekeys {
  readonly #parts: ReadPrekeysParts;
  readonly #rates = new RateWindow({
    perWindow: limits.prekeyReadsPerMinute,
    windowMs: 60_000,
    maxKeys: limits.maxRateKeys,
  });

  constructor(parts: ReadPrekeysParts) {
    this.#parts = parts;
  }

  /**
   * One answer to each id, in order.
   * @throws RefusedError `directory/page`, `directory/prekey-rate`; what `ActRunner.run` throws.
   */
  async run(ctx: RequestContext, deviceIds: readonly DeviceId[]): Promise<Acted<readonly FoundPrekey[]>> {
    return this.#parts.acts.run(ctx, 'query.prekeys', () => this.#plan(ctx, deviceIds));
  }

  #plan(ctx: RequestContext, deviceIds: readonly DeviceId[]): ActPlan<readonly FoundPrekey[]> {
    const { principal } = ctx;
    if (principal === undefined) throw accessRefused('no-session');
    if (deviceIds.length < 1 || deviceIds.length > limits.maxPageItems) throw wrongPage();
    const nowMs = this.#parts.clock.nowMs();
    if (!this.#rates.take(principal.deviceId, nowMs, deviceIds.length)) throw prekeyRate(this.#rates.resetsInMs(nowMs));
    return {
      ...actSubjects.readPrekeys(),
      perform: async (reader) => {
        const view = this.#parts.directory.current();
        const live = [...new Set(deviceIds)].filter((id) => view.isDeviceLive(id, nowMs));
        const found = await this.#parts.prekeys.newestOf(reader, live, nowMs);
        const prekeys = new Map(found.map(({ deviceId, bytes }) => [deviceId, bytes]));
        const result = deviceIds.map((deviceId) => ({ deviceId, prekey: prekeys.get(deviceId) }));
        return { result, what: { objectKind: auditObjectKinds.prekey, count: found.length } };
      },
    };
  }
}
