import { type Clock, isRogatoryError } from '@rogatory/kernel';
import {
  addCosignatures,
  type AddCheckpoint,
  checkpointBytes,
  consistencyProof,
  evaluateQuorum,
  type NoteSignature,
  openCheckpoint,
  type PolicyWitness,
  type SignedCheckpoint,
  TileHashReader,
  type TrustPolicy,
  type VerifierKey,
} from '@rogatory/tlog';
import type { Reader } from '@rogatory/platform-database';
import { witnessAhead, witnessRefused } from '../../domain/audit.errors.js';
import { LogFiles } from './log-files.js';
import type { StoredCheckpoint } from './log-tree.store.js';
import { type LogDatabase, sequencerPrincipal, type TransparencyLog } from './transparency-log.js';
import type { WitnessClient } from './witness-client.js';

export interface CosignatureCollectorParts {
  readonly database: LogDatabase;
  readonly log: TransparencyLog;
  readonly logKeys: readonly VerifierKey[];
  /** Whose cosignatures make a quorum. */
  readonly policy: TrustPolicy;
  /** The way to each witness of the policy; one without a way is never asked. */
  readonly clientOf: (witness: PolicyWitness) => WitnessClient | undefined;
  readonly clock: Clock;
  /** A witness failed, or answers again: told once each time. */
  readonly onChange: (witness: string, error: unknown) => void;
  /** A witness failed: told each time, with the code. */
  readonly onFailure?: (witness: string, code: string) => void;
}

/** A submission under way: the note as far as it is cosigned. */
interface Round {
  readonly head: SignedCheckpoint;
  note: Uint8Array;
  readonly onQuorum: () => void;
}

const MAX_TRIES = 3; // a first guess, the size that the witness names, and one more for a server beside this one

/**
 * Brings the newest signed head of a log to its witnesses and stores it once a quorum cosigned it. Until then the one
 * before stays in force: nothing here lets a head pass with fewer.
 */
export class CosignatureCollector {
  readonly #parts: CosignatureCollectorParts;
  readonly #witnessKeys: readonly VerifierKey[];
  /** Sizes that the witnesses hold, as far as they said. */
  readonly #held = new Map<PolicyWitness, number>();
  readonly #busy = new Set<PolicyWitness>();
  readonly #failing = new Map<PolicyWitness, string>();
  readonly #asked = new Set<Promise<void>>();
  #saving: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(parts: CosignatureCollectorParts) {
    this.#parts = parts;
    this.#witnessKeys = parts.policy.witnesses.map(({ key }) => key);
  }

  /**
   * Resolves with the witnessed head as soon as the quorum is there, or when every witness answered or failed. Those that
   * are late are heard all the same: their lines are added to the stored head.
   * @throws whatever the database throws; VerificationError when the stored checkpoint is not the log's.
   */
  async collect(): Promise<StoredCheckpoint | undefined> {
    const { log, policy } = this.#parts;
    const stored = await this.#read((reader) => log.tree.checkpoint(reader));
    if (stored === undefined) return undefined;
    const head = this.#open(stored.note);
    await new Promise<void>((resolve, reject) => {
      const round: Round = { head, note: stored.note, onQuorum: resolve };
      const idle = policy.witnesses.filter((witness) => !this.#busy.has(witness));
      Promise.all(idle.map((witness) => this.#askOnce(witness, round))).then(() => resolve(), reject);
    });
    return this.inForce();
  }

  /** The head that a quorum cosigned last; undefined before the first. */
  inForce(): Promise<StoredCheckpoint | undefined> {
    return this.#read((reader) => this.#parts.log.tree.witnessed(reader));
  }

  /** Resolves when every witness that was asked has answered or failed. */
  async heard(): Promise<void> {
    await Promise.allSettled(this.#asked);
  }

  /** Hears nobody any more; resolves when nothing is being stored. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#saving;
  }

  /** Names of the witnesses that failed last, with the code of the failure. */
  failing(): ReadonlyMap<string, string> {
    return new Map([...this.#failing].map(([{ name }, code]) => [name, code]));
  }

  async #askOnce(witness: PolicyWitness, round: Round): Promise<void> {
    const client = this.#parts.clientOf(witness);
    if (client === undefined) return;
    const asked = this.#ask(witness, client, round);
    this.#busy.add(witness);
    this.#asked.add(asked);
    await asked.finally(() => {
      this.#busy.delete(witness);
      this.#asked.delete(asked);
    });
  }

  async #ask(witness: PolicyWitness, client: WitnessClient, round: Round): Promise<void> {
    let lines: readonly NoteSignature[];
    try {
      lines = await this.#submit(witness, client, round.head);
      // A line that does not hold counts as none, and spoils nothing of the others.
      round.note = addCosignatures(this.#open(round.note), lines, [witness.key]);
      if (this.#failing.delete(witness)) this.#parts.onChange(witness.name, undefined);
    } catch (error) {
      this.#failed(witness, error);
      return;
    }
    await this.#settle(round);
  }

  async #submit(witness: PolicyWitness, client: WitnessClient, head: SignedCheckpoint) {
    let oldSize = this.#held.get(witness) ?? 0;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      // It vouched for more than there is: this is a restored past, and not to be papered over.
      if (oldSize > head.size) throw witnessAhead({ witnessedSize: oldSize, size: head.size });
      const reply = await client.addCheckpoint(await this.#request(oldSize, head));
      if (reply.kind === 'refused') throw witnessRefused(reply.status);
      if (reply.kind === 'cosigned') {
        this.#held.set(witness, head.size);
        return reply.lines;
      }
      // The size that it holds already and another root: it saw another history.
      if (reply.size === oldSize) throw witnessRefused(409);
      oldSize = reply.size;
      this.#held.set(witness, oldSize);
    }
    throw witnessRefused(409);
  }

  async #request(oldSize: number, head: SignedCheckpoint): Promise<AddCheckpoint> {
    const { log } = this.#parts;
    const checkpoint = checkpointBytes(head);
    if (oldSize === 0 || oldSize === head.size) return { oldSize, proof: [], checkpoint };
    const proof = await this.#read((reader) =>
      consistencyProof(oldSize, head.size, new TileHashReader(new LogFiles(log, reader, head.size), head.size)),
    );
    return { oldSize, proof, checkpoint };
  }

  /** One after the other, so that a note with fewer lines never replaces one with more. */
  async #settle(round: Round): Promise<void> {
    if (this.#isClosed || !evaluateQuorum(this.#open(round.note), this.#parts.policy).fulfilled) return;
    const { database, log, clock } = this.#parts;
    const turn = this.#saving.then(() =>
      database.writeUnaudited(
        sequencerPrincipal,
        (writer) => log.tree.saveWitnessed(writer, { size: round.head.size, note: round.note, timeMs: clock.nowMs() }),
        { reason: 'audit/checkpoint' },
      ),
    );
    this.#saving = turn.catch(() => undefined);
    await turn;
    round.onQuorum();
  }

  #failed(witness: PolicyWitness, error: unknown): void {
    const code = isRogatoryError(error) ? error.code : 'internal';
    this.#parts.onFailure?.(witness.name, code);
    if (this.#failing.get(witness) === code) return;
    this.#failing.set(witness, code);
    this.#parts.onChange(witness.name, error);
  }

  #open(note: Uint8Array): SignedCheckpoint {
    const { log, logKeys } = this.#parts;
    return openCheckpoint(note, { origin: log.origin, logKeys, witnessKeys: this.#witnessKeys });
  }

  #read<T>(use: (reader: Reader) => Promise<T>): Promise<T> {
    return this.#parts.database.read(sequencerPrincipal, use);
  }
}
