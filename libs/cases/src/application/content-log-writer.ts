import { isRogatoryError, type RogatoryError } from '@rogatory/kernel';
import type { RequestContext } from '@rogatory/access';
import type { DecisionFacts, VerifiedAct } from '@rogatory/audit';
import type { ChainState } from '@rogatory/chain';
import { actSubjects, type ActSubject, decodeSignedItem, type ItemHeader, type Member } from '@rogatory/protocol';
import type { Reader, Writer } from '@rogatory/platform-database';
import type { CompartmentHead } from '../domain/compartment.js';
import { type ContentLogs, wantedFor } from './content-logs.js';
import type { LockedLogs } from './locked-logs.js';
import { factsIn } from './send-statements.js';

/** An item as it came, parsed once. */
export interface ParsedItem {
  readonly bytes: Uint8Array;
  readonly header: ItemHeader;
  /** What the device's statement says of it. */
  readonly subject: ActSubject;
}

/** An item with its place in the content log. */
export interface PlacedItem {
  readonly position: number;
  /** The log with this item at its end. */
  readonly contentSize: number;
  readonly contentRoot: Uint8Array;
  readonly receivedAtMs: number;
}

/** The head that an item was not made for: its author seals it again. */
export type MovedHead = Pick<CompartmentHead, 'compartmentId' | 'chainSeq' | 'linkHash'>;

/** @throws CodecError. */
export function parseItem(bytes: Uint8Array): ParsedItem {
  const { header } = decodeSignedItem(bytes);
  return { bytes, header, subject: actSubjects.postItem(header, bytes) };
}

/** An item that was made for an older head: nothing is written. */
export interface OutrunItem {
  readonly head: MovedHead;
  /** For the record of the act. */
  readonly refusal: RogatoryError;
}

/**
 * How another feature puts an item into a content log in a transaction of its own: first `facts`, which also locks the
 * log to the end of the transaction, then the decision, then `place`.
 */
export class ContentLogWriter {
  readonly #logs: Pick<ContentLogs, 'lock' | 'write'>;
  readonly #locked = new WeakMap<Reader, LockedLogs>();

  constructor(logs: Pick<ContentLogs, 'lock' | 'write'>) {
    this.#logs = logs;
  }

  /** Facts for the decision; nothing for whoever is not a member, and where there is no such compartment. */
  async facts(reader: Reader, ctx: RequestContext, { header }: ParsedItem): Promise<DecisionFacts> {
    const locked = await this.#logs.lock(reader, wantedFor([header]));
    this.#locked.set(reader, locked);
    return factsIn(locked, header.compartmentId, ctx);
  }

  /** The compartment as the transaction locked it, with what it has placed since; undefined where there is none. After `facts`. */
  state(reader: Reader, { header }: ParsedItem): ChainState | undefined {
    return this.#locked.get(reader)?.find(header.compartmentId)?.state;
  }

  /** Who sends the item, as the signed links have it; undefined for a device that they do not name. After `facts`. */
  sender(reader: Reader, item: ParsedItem): Member | undefined {
    return this.state(reader, item)?.members.device(item.header.senderDevice);
  }

  /**
   * Verifies the item against the locked head and writes it. The caller's record MUST be that of `act`.
   * @returns the head in force when the item was made for an older one; nothing is written then.
   * @throws what `LockedLogs.acceptItem` throws otherwise.
   */
  async place(writer: Writer, item: ParsedItem, act: VerifiedAct): Promise<PlacedItem | OutrunItem> {
    const { compartmentId } = item.header;
    const locked = this.#locked.get(writer) ?? (await this.#logs.lock(writer, wantedFor([item.header])));
    const submission = { bytes: item.bytes, auditId: act.act.actId, device: act.act.deviceId };
    try {
      const { contentIndex, state } = locked.acceptItem(compartmentId, submission);
      await this.#logs.write(writer, locked);
      const { size, root } = state.content;
      return { position: contentIndex, contentSize: size, contentRoot: root, receivedAtMs: locked.receivedAtMs };
    } catch (error) {
      const head = locked.find(compartmentId)?.head;
      if (isRogatoryError(error) && error.code === 'chain/stale-head' && head !== undefined) {
        return { head, refusal: error };
      }
      throw error;
    }
  }
}
