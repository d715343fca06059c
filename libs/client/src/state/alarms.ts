import { type Clock, isRogatoryError, limits } from '@rogatory/kernel';
import type { Alarm, Concern, OnConcern } from './concern.js';
import type { DeviceState } from './device-state.js';

export interface AlarmsParts {
  readonly state: DeviceState;
  readonly clock: Clock;
  /** Told at once, before anything is saved. */
  readonly onConcern: OnConcern;
}

/**
 * What this device refused or missed, kept with its state over restarts until its person takes note: a server that lies
 * once and is honest afterwards leaves its trace here.
 */
export class Alarms {
  readonly #parts: AlarmsParts;
  #unsaved: Concern[] = [];

  constructor(parts: AlarmsParts) {
    this.#parts = parts;
  }

  /** Tells it now; it is saved with the next `flush`. */
  readonly tell: OnConcern = (concern) => {
    // A bad item stays in its log and is told of whenever it is read.
    if (concern.kind !== 'bad-item') this.#unsaved.push(concern);
    this.#parts.onConcern(concern);
  };

  /** Tells it, and has saved it when it resolves, where the storage can be written to. */
  async raise(concern: Concern): Promise<void> {
    this.tell(concern);
    try {
      await this.flush();
    } catch (error) {
      // It was told, and is tried again later: what was refused matters more than where it is noted down.
      if (!isRogatoryError(error)) throw error;
    }
  }

  /** Runs a check of what a server says; a refusal of it is raised before it is thrown. */
  async guard<Result>(check: () => Promise<Result>, place: Pick<Concern, 'compartmentId'> = {}): Promise<Result> {
    try {
      return await check();
    } catch (error) {
      // A clock that is wrong is as likely this device's own.
      const isRefusal = isRogatoryError(error) && error.family === 'verification' && error.code !== 'client/clock';
      if (isRefusal) await this.raise({ kind: 'history-refused', ...place, code: error.code });
      throw error;
    }
  }

  /** Saves what is not saved yet. */
  async flush(): Promise<void> {
    if (this.#unsaved.length === 0) return;
    const concerns = this.#unsaved;
    this.#unsaved = [];
    const nowMs = this.#parts.clock.nowMs();
    try {
      await this.#parts.state.set((memory) => ({ ...memory, alarms: withConcerns(memory.alarms, concerns, nowMs) }));
    } catch (error) {
      this.#unsaved = [...concerns, ...this.#unsaved];
      throw error;
    }
  }

  /** Those that nobody took note of yet, oldest first. */
  list(): readonly Alarm[] {
    return withConcerns(this.#parts.state.memory.alarms, this.#unsaved, this.#parts.clock.nowMs());
  }

  /** Forgets those that a person has looked at, as `list` gave them. One that was raised again since stays. */
  async takeNote(seen: readonly Alarm[]): Promise<void> {
    await this.flush();
    const known = new Map(seen.map((alarm) => [keyOf(alarm), alarm.times]));
    await this.#parts.state.set((memory) => ({
      ...memory,
      alarms: memory.alarms.filter((alarm) => (known.get(keyOf(alarm)) ?? 0) < alarm.times),
    }));
  }
}

/** One alarm to each concern, however often it comes; the newest `limits.maxStoredAlarms`. */
function withConcerns(alarms: readonly Alarm[], concerns: readonly Concern[], nowMs: number): readonly Alarm[] {
  if (concerns.length === 0) return alarms;
  const byKey = new Map(alarms.map((alarm) => [keyOf(alarm), alarm]));
  for (const concern of concerns) {
    const key = keyOf(concern);
    const known = byKey.get(key);
    const firstAtMs = known?.firstAtMs ?? nowMs;
    byKey.set(key, { ...concern, firstAtMs, lastAtMs: nowMs, times: (known?.times ?? 0) + 1 });
  }
  return [...byKey.values()].slice(-limits.maxStoredAlarms);
}

function keyOf({ kind, recordId, compartmentId, personId, deviceId, code }: Concern): string {
  return JSON.stringify([kind, recordId, compartmentId, personId, deviceId, code]);
}
