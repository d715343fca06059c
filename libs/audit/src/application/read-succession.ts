import { type Clock, limits } from '@rogatory/kernel';
import { encodeTlogProof, encodeVerifierKey } from '@rogatory/tlog';
import type { LogEnding } from '@rogatory/protocol';
import type { Database, JobPrincipal, Reader } from '@rogatory/platform-database';
import { auditUnavailable } from '../domain/audit.errors.js';
import { openGroup } from './build-record.js';
import type { LogSigner } from './log/log-signer.js';
import type { LogReader } from './log/log-reader.js';
import type { LogReaders } from './log/log-readers.js';
import { lastingMonth, type MonthKeys } from './month-keys.js';
import { PathsToEnds } from './paths-to-ends.js';
import type { LogWordEvent, ShardEnd, ShardStore } from './shard.store.js';

/** A record that the log makes of itself, opened for everybody, with the proof of its place. */
export interface LogWord {
  readonly leaf: Uint8Array;
  readonly opening: Uint8Array;
  /** Of the group `what`. */
  readonly bytes: Uint8Array;
  readonly proof: Uint8Array;
}

/** How one log follows another: all that a client needs to go on from the one that it knows. SPEC: audit 15 */
export interface Succession {
  readonly reason: LogEnding;
  /** Verifier key of the log that ended, for whoever came after it. */
  readonly key: string;
  /** The last head of the log that ended, with every cosignature there is. */
  readonly checkpoint: Uint8Array;
  /** From the head of the size asked with to that head; empty for none, and of a log that was abandoned. */
  readonly consistency: readonly Uint8Array[];
  /** The last record of a log that was closed. */
  readonly closing: LogWord | undefined;
  /** The word of the signer of a log that was abandoned. */
  readonly abandonment: Uint8Array | undefined;
  /** The first record of the log that follows. */
  readonly genesis: LogWord;
}

export interface ReadSuccessionParts {
  readonly database: Pick<Database, 'read'>;
  readonly shards: Pick<ShardStore, 'endOf' | 'word'>;
  readonly logs: Pick<LogReaders, 'of' | 'all' | 'current'>;
  readonly monthKeys: Pick<MonthKeys, 'find'>;
  readonly clock: Clock;
  readonly signer: Pick<LogSigner, 'keys'>;
}

/** What is told of a log whoever asks, and the size of its last head. */
type EndOfLog = Omit<Succession, 'consistency'> & { readonly size: number };

interface ToldOnce {
  readonly end: Promise<EndOfLog | undefined>;
  readonly madeMs: number;
}

const principal: JobPrincipal = { kind: 'job', job: 'audit-succession' };

/** Tells how the log after a given one follows it. Open to everybody: it names nobody. */
export class ReadSuccession {
  readonly #parts: ReadSuccessionParts;
  /** By origin. Only cosignatures are added to what a log that ended says. */
  readonly #ends = new Map<string, ToldOnce>();
  readonly #paths: PathsToEnds;

  constructor(parts: ReadSuccessionParts) {
    this.#parts = parts;
    this.#paths = new PathsToEnds(({ log, from, to }) =>
      parts.database.read(principal, (reader) => log.consistency(reader, from, to)),
    );
  }

  /**
   * Undefined for the log that takes records, and for a name that is none of this server's.
   * @param knownSize size of the newest head of that log that the asker verified; 0 for none.
   * @throws UnavailableError `audit/unavailable` until the first record of the next log is in a head that is shown, and
   * while too many ask for paths that were not made yet.
   */
  async run(origin: string, knownSize: number): Promise<Succession | undefined> {
    const { logs } = this.#parts;
    const log = logs.all().find((known) => known.log.origin === origin);
    // The one that takes records has no end: nothing of it is kept.
    if (log === undefined || log === logs.current) return undefined;
    const told = await this.#once(log);
    if (told === undefined) return undefined;
    const { size, ...end } = told;
    const isProven = end.reason !== 'abandoned';
    const consistency = isProven ? await this.#paths.of({ log, from: knownSize, to: size }) : [];
    return { ...end, consistency };
  }

  /** Anybody may ask, as often as they like: what is the same for all is made once a minute for each log. */
  #once(log: LogReader): Promise<EndOfLog | undefined> {
    const { origin } = log.log;
    const nowMs = this.#parts.clock.nowMs();
    const known = this.#ends.get(origin);
    if (known !== undefined && Math.abs(nowMs - known.madeMs) < limits.keptSuccessionMs) return known.end;
    const told = { end: this.#read(log), madeMs: nowMs };
    this.#ends.set(origin, told);
    told.end.catch(() => {
      // What could not be told yet is told later.
      if (this.#ends.get(origin) === told) this.#ends.delete(origin);
    });
    return told.end;
  }

  #read(log: LogReader): Promise<EndOfLog | undefined> {
    const { database, shards, logs } = this.#parts;
    const { origin } = log.log;
    return database.read(principal, async (reader) => {
      const end = await shards.endOf(reader, origin.slice(origin.lastIndexOf('/') + 1));
      const next = end && logs.of(end.nextShard);
      return end && next && this.#tell(reader, { log, next, end });
    });
  }

  async #tell(
    reader: Reader,
    { log, next, end }: { log: LogReader; next: LogReader; end: ShardEnd },
  ): Promise<EndOfLog> {
    const { tree } = log.log;
    const [signed, witnessed] = [await tree.checkpoint(reader), await tree.witnessed(reader)];
    const [ownKey] = this.#parts.signer.keys(log.log.origin);
    if (signed === undefined || ownKey === undefined) throw auditUnavailable('succession');
    const [size, key] = [signed.size, encodeVerifierKey(ownKey)];
    const checkpoint = witnessed?.size === size ? witnessed.note : signed.note;
    const isClosed = end.reason !== 'abandoned';
    const proofOfLast = async () => {
      const [index, hashes] = [size - 1, await log.inclusion(reader, size - 1, size)];
      return encodeTlogProof({ index, hashes, checkpoint, extra: undefined });
    };
    const closing = isClosed
      ? await this.#word(reader, { shard: end.shard, event: 'log.shard.close', proof: await proofOfLast() })
      : undefined;
    const proof = await next.proof(reader, 0);
    if (proof === undefined) throw auditUnavailable('succession');
    const genesis = await this.#word(reader, { shard: end.nextShard, event: 'log.genesis', proof });
    return { size, key, reason: end.reason, checkpoint, closing, abandonment: end.note, genesis };
  }

  async #word(
    reader: Reader,
    { shard, event, proof }: { readonly shard: string; readonly event: LogWordEvent; readonly proof: Uint8Array },
  ): Promise<LogWord> {
    const word = await this.#parts.shards.word(reader, shard, event);
    const key = await this.#parts.monthKeys.find(lastingMonth);
    if (word?.sealedWhat === undefined || key === undefined) throw auditUnavailable('succession');
    return { leaf: word.leaf, ...openGroup(word.id, 'what', word.sealedWhat, key), proof };
  }
}
