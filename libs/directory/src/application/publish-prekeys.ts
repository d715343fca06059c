import { type ActId, type Clock, equalBytes, limits } from '@rogatory/kernel';
import { accessRefused, type RequestContext } from '@rogatory/access';
import type { Acted, ActPlan, ActRunner } from '@rogatory/audit';
import { type VerifiedPrekey, verifyPrekey } from '@rogatory/pki';
import { actSubjects, auditObjectKinds, decodeSignedPrekey } from '@rogatory/protocol';
import type { Writer } from '@rogatory/platform-database';
import { prekeyCount, prekeyIdTaken } from '../domain/directory.errors.js';
import type { PrekeyStore, StoredPrekey } from './directory.store.js';
import type { DirectoryReader } from './directory-reader.js';

export interface PublishPrekeysParts {
  readonly acts: Pick<ActRunner, 'run'>;
  readonly prekeys: PrekeyStore;
  readonly directory: Pick<DirectoryReader, 'current'>;
  readonly clock: Clock;
}

/**
 * A device puts its own signed prekeys up. Numbers only go up, so that nobody can put a retired one up again; the newest
 * `limits.maxPrekeysPerDevice` stay.
 */
export class PublishPrekeys {
  readonly #parts: PublishPrekeysParts;

  constructor(parts: PublishPrekeysParts) {
    this.#parts = parts;
  }

  /**
   * @throws RefusedError `access/refused`, `directory/prekey-id`, `directory/prekey-count`; VerificationError
   * `directory/prekey`; CodecError; what `ActRunner.run` throws.
   */
  async run(ctx: RequestContext, prekeys: readonly Uint8Array[]): Promise<Acted<true>> {
    return this.#parts.acts.run(ctx, 'mutation.publishPrekeys', () => this.#plan(ctx, prekeys));
  }

  #plan(ctx: RequestContext, prekeys: readonly Uint8Array[]): ActPlan<true> {
    const most = limits.maxPrekeysPerDevice;
    if (prekeys.length < 1 || prekeys.length > most) throw prekeyCount(most);
    const owners = prekeys.map((bytes) => decodeSignedPrekey(bytes).prekey.deviceId);
    return {
      ...actSubjects.publishPrekeys(prekeys),
      facts: async () => ({ isOwn: owners.every((id) => id === ctx.principal?.deviceId) }),
      perform: async (writer, act) => {
        if (act === undefined) throw accessRefused('no-session');
        await this.#publish(writer, prekeys, act.act.actId);
        return { result: true, what: { objectKind: auditObjectKinds.prekey, count: prekeys.length } };
      },
    };
  }

  async #publish(writer: Writer, prekeys: readonly Uint8Array[], actId: ActId): Promise<void> {
    const [view, nowMs] = [this.#parts.directory.current(), this.#parts.clock.nowMs()];
    const given = prekeys.map((bytes) => stored(bytes, verifyPrekey(view, bytes, nowMs)));
    const deviceId = given[0]?.deviceId;
    if (deviceId === undefined) return;
    const before = await this.#parts.prekeys.lockOf(writer, deviceId);
    const fresh = freshOf(given, before);
    await this.#parts.prekeys.add(writer, fresh, actId);
    const all = [...before, ...fresh].sort((a, b) => b.prekeyId - a.prekeyId);
    const retired = all.slice(limits.maxPrekeysPerDevice).map(({ prekeyId }) => prekeyId);
    await this.#parts.prekeys.remove(writer, deviceId, retired);
  }
}

/** What is not there yet. @throws RefusedError `directory/prekey-id` unless each has the highest number so far. */
function freshOf(given: readonly StoredPrekey[], before: readonly StoredPrekey[]): readonly StoredPrekey[] {
  let highest = before[0]?.prekeyId ?? -1;
  const fresh: StoredPrekey[] = [];
  for (const prekey of [...given].sort((a, b) => a.prekeyId - b.prekeyId)) {
    const same = before.find(({ prekeyId }) => prekeyId === prekey.prekeyId);
    if (same !== undefined && equalBytes(same.bytes, prekey.bytes)) continue;
    if (prekey.prekeyId <= highest) throw prekeyIdTaken();
    highest = prekey.prekeyId;
    fresh.push(prekey);
  }
  return fresh;
}

function stored(bytes: Uint8Array, { prekey }: VerifiedPrekey): StoredPrekey {
  const { deviceId, prekeyId, notBeforeMs, notAfterMs } = prekey;
  return { deviceId, prekeyId, bytes, notBeforeMs, notAfterMs };
}
