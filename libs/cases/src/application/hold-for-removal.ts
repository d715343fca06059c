import { type Clock, type CompartmentId, limits, newActId, type RandomBytes } from '@rogatory/kernel';
import type { Principal } from '@rogatory/access';
import { type AuditRecorder, nothingConcerned, systemActor } from '@rogatory/audit';
import { caseRoles, type LinkType, linkTypes } from '@rogatory/protocol';
import type { Database, JobPrincipal } from '@rogatory/platform-database';
import type { CompartmentWriter } from './compartment.store.js';
import type { ContentLogs } from './content-logs.js';
import type { ParsedLink } from './link-submissions.js';

export interface HoldForRemovalParts {
  readonly database: Pick<Database, 'read' | 'write'>;
  readonly recorder: Pick<AuditRecorder, 'record'>;
  readonly compartments: Pick<CompartmentWriter, 'freeze'>;
  readonly logs: Pick<ContentLogs, 'look'>;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** A lead's links that end a key: whoever posts fast enough could keep them from ever fitting the head. */
const PRE_EMPTING: ReadonlySet<LinkType> = new Set([
  linkTypes.remove,
  linkTypes.deviceDrop,
  linkTypes.add,
  linkTypes.rotate,
]);
const principal: JobPrincipal = { kind: 'job', job: 'case-hold' };

/**
 * SPEC: chains 9 — when a lead's removal did not fit the head, its compartments take nothing else for at most
 * `limits.compartmentFreezeMs`, so that the next try lands. Rests between two freezes, so that it stops nobody for long.
 */
export class HoldForRemoval {
  readonly #parts: HoldForRemovalParts;

  constructor(parts: HoldForRemovalParts) {
    this.#parts = parts;
  }

  async ask(asker: Principal, links: readonly ParsedLink[]): Promise<void> {
    if (!links.some(({ signed }) => PRE_EMPTING.has(signed.link.type))) return;
    const ids = [...new Set(links.map(({ compartmentId }) => compartmentId))];
    const { database, clock } = this.#parts;
    const held = await database.read(principal, (reader) => this.#eligible(reader, asker, ids), {
      isolation: 'repeatable read',
    });
    if (held.length === 0) return;
    const untilMs = clock.nowMs() + limits.compartmentFreezeMs;
    await database.write(principal, async (writer) => {
      await this.#parts.compartments.freeze(writer, held, { device: asker.deviceId, untilMs });
      await this.#parts.recorder.record(writer, this.#entry(asker, held));
    });
  }

  async #eligible(
    reader: Parameters<ContentLogs['look']>[0],
    asker: Principal,
    ids: readonly CompartmentId[],
  ): Promise<CompartmentId[]> {
    const logs = await this.#parts.logs.look(reader, { compartmentIds: ids });
    const nowMs = this.#parts.clock.nowMs();
    return ids.filter((id) => {
      const isLead = logs.membership(id, asker.deviceId)?.role === caseRoles.lead;
      const restsUntilMs = (logs.find(id)?.head?.frozenUntilMs ?? 0) + limits.compartmentFreezeRestMs;
      return isLead && restsUntilMs <= nowMs;
    });
  }

  #entry(asker: Principal, ids: readonly CompartmentId[]) {
    const { clock, random } = this.#parts;
    const detail = `job=hold-for-removal device=${asker.deviceId}`;
    const [compartmentId] = ids;
    const place = compartmentId === undefined ? {} : { compartmentId };
    const what = { ...nothingConcerned, ...place, count: ids.length, detail };
    const id = newActId(clock, random);
    return { id, event: 'system.job', outcome: 'allowed', reasonCode: 'ok', who: systemActor, what } as const;
  }
}
