import { type ActId, type CompartmentId, limits } from '@rogatory/kernel';
import { epochSubjectKinds } from '@rogatory/protocol';
import type { Database, JobPrincipal } from '@rogatory/platform-database';
import { auditUnavailable } from '../../domain/audit.errors.js';
import { type OpenedGroup, openGroup } from '../build-record.js';
import { monthOf, type MonthKeys } from '../month-keys.js';
import type { ReleaseGate } from '../release-gate.js';
import type { CountedLog } from './counted-logs.js';
import type { ShownEntry } from './epoch-map.js';
import type { EpochAtHand } from './epochs.js';

/** What an epoch says of one compartment, with all that shows it. */
export interface CompartmentAnchor extends ShownEntry {
  readonly recordId: ActId;
  /** Leaf of the record of the epoch, and what opens its `what` group. */
  readonly leaf: Uint8Array;
  readonly what: OpenedGroup;
  /** `.tlog-proof` of the record under the published head. */
  readonly proof: Uint8Array;
}

export interface EpochAnchorsParts {
  readonly database: Database;
  /** The log that takes records. */
  readonly counted: Pick<CountedLog, 'epochs' | 'log' | 'store'>;
  readonly gate: Pick<ReleaseGate, 'released'>;
  readonly monthKeys: Pick<MonthKeys, 'find'>;
}

const principal: JobPrincipal = { kind: 'job', job: 'audit-epochs' };

/** What the newest epoch says of a compartment. Who may ask is decided, and recorded, by the caller. */
export class EpochAnchors {
  readonly #parts: EpochAnchorsParts;

  constructor(parts: EpochAnchorsParts) {
    this.#parts = parts;
  }

  /**
   * By an epoch that is younger than `limits.epochMs`; undefined where the compartment began after it.
   * @param begunMs when the compartment began, by the server's clock.
   * @throws UnavailableError `audit/unavailable` while the epoch cannot be shown to be in the published log.
   */
  async of(compartmentId: CompartmentId, begunMs: number): Promise<CompartmentAnchor | undefined> {
    const { epoch, map } = await this.#newest(compartmentId, begunMs);
    const shown = map.show({ kind: epochSubjectKinds.compartment, compartmentId });
    if (shown === undefined) return undefined;
    const { database, counted, gate, monthKeys } = this.#parts;
    const { store, log } = counted;
    await gate.released(epoch.recordId, log.hasWitnesses ? 'witnessed' : 'signed');
    const { record, proof } = await database.read(principal, async (reader) => {
      const record = await store.record(reader, epoch);
      const proof = record?.index === undefined ? undefined : await log.proof(reader, record.index);
      return { record, proof };
    });
    if (record === undefined || proof === undefined) throw auditUnavailable('epoch');
    const { leaf, sealedWhat } = record;
    const monthKey = sealedWhat && (await monthKeys.find(monthOf(record.timeMs)));
    if (sealedWhat === undefined || monthKey === undefined) throw auditUnavailable('epoch');
    const { recordId } = epoch;
    return { ...shown, recordId, leaf, proof, what: openGroup(recordId, 'what', sealedWhat, monthKey) };
  }

  /** The one of the hour; where that should name the compartment and does not, as after an upgrade, one made now. */
  async #newest(compartmentId: CompartmentId, begunMs: number): Promise<EpochAtHand> {
    const { epochs } = this.#parts.counted;
    const newest = await epochs.fresh([], limits.epochMs);
    const isNamed = newest.map.has({ kind: epochSubjectKinds.compartment, compartmentId });
    return isNamed || begunMs > newest.epoch.timeMs ? newest : epochs.fresh([], limits.minEpochGapMs);
  }
}
