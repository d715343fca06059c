import type { Database, UnauditedOptions, Writer } from '@rogatory/platform-database';
import type { DatabasePrincipal, Reader, TransactionOptions } from '@rogatory/platform-database';
import type { SignerStore } from '../application/log/log-signer.js';
import type {
  LeafSource,
  LogTreeStore,
  StoredCheckpoint,
  TreeHead,
  TreeStep,
} from '../application/log/log-tree.store.js';

/** Before the step, or after it took effect: the caller cannot tell. */
export type FaultMoment = 'failed' | 'failed-but-stored';

/** Fails the next step it is armed for. */
export class Fault {
  #armed: { readonly step: string; readonly moment: FaultMoment } | undefined;

  arm(step: string, moment: FaultMoment): void {
    this.#armed = { step, moment };
  }

  get isArmed(): boolean {
    return this.#armed !== undefined;
  }

  async around<T>(step: string, work: () => Promise<T>): Promise<T> {
    const armed = this.#armed?.step === step ? this.#armed : undefined;
    if (armed === undefined) return work();
    this.#armed = undefined;
    if (armed.moment === 'failed-but-stored') await work();
    throw new Error(`${step} ${armed.moment}`);
  }
}

/** A database whose unaudited writes of a reason can fail before or after their commit. */
export class FaultyDatabase implements Pick<Database, 'read' | 'writeUnaudited'> {
  readonly #inner: Database;
  readonly #fault: Fault;
  readonly #prefix: string;

  /** `prefix` tells the writes of one user from those of another with the same reason. */
  constructor(inner: Database, fault: Fault, prefix = '') {
    this.#inner = inner;
    this.#fault = fault;
    this.#prefix = prefix;
  }

  read<T>(principal: DatabasePrincipal, use: (reader: Reader) => Promise<T>, options?: TransactionOptions): Promise<T> {
    return this.#inner.read(principal, use, options);
  }

  writeUnaudited<T>(
    principal: DatabasePrincipal,
    use: (writer: Writer) => Promise<T>,
    options: UnauditedOptions,
  ): Promise<T> {
    return this.#fault.around(`${this.#prefix}${options.reason}`, () =>
      this.#inner.writeUnaudited(principal, use, options),
    );
  }
}

/** A tree of which each statement that writes can fail, or fail after it was carried out, within its transaction. */
export class FaultyTree implements LogTreeStore {
  readonly #inner: LogTreeStore;
  readonly #fault: Fault;

  constructor(inner: LogTreeStore, fault: Fault) {
    this.#inner = inner;
    this.#fault = fault;
  }

  lock(writer: Writer): Promise<boolean> {
    return this.#fault.around('tree/lock', () => this.#inner.lock(writer));
  }

  head(reader: Reader) {
    return this.#inner.head(reader);
  }

  advance(writer: Writer, step: TreeStep): Promise<boolean> {
    return this.#fault.around('tree/advance', () => this.#inner.advance(writer, step));
  }

  tile(reader: Reader, level: number, index: number) {
    return this.#inner.tile(reader, level, index);
  }

  checkpoint(reader: Reader) {
    return this.#inner.checkpoint(reader);
  }

  checkpointAt(reader: Reader, size: number) {
    return this.#inner.checkpointAt(reader, size);
  }

  saveCheckpoint(writer: Writer, checkpoint: StoredCheckpoint, keepEveryMs: number): Promise<void> {
    const save = () => this.#inner.saveCheckpoint(writer, checkpoint, keepEveryMs);
    return this.#fault.around('tree/save-checkpoint', save);
  }

  witnessed(reader: Reader) {
    return this.#inner.witnessed(reader);
  }

  saveWitnessed(writer: Writer, checkpoint: StoredCheckpoint): Promise<void> {
    return this.#fault.around('tree/save-witnessed', () => this.#inner.saveWitnessed(writer, checkpoint));
  }
}

/** Leaves whose numbering can fail, or fail after it was carried out, within its transaction. */
export class FaultyLeaves implements LeafSource {
  readonly #inner: LeafSource;
  readonly #fault: Fault;

  constructor(inner: LeafSource, fault: Fault) {
    this.#inner = inner;
    this.#fault = fault;
  }

  take(writer: Writer, first: number, limit: number) {
    return this.#fault.around('leaves/take', () => this.#inner.take(writer, first, limit));
  }

  read(reader: Reader, first: number, limit: number) {
    return this.#inner.read(reader, first, limit);
  }
}

/** A signer's store in memory that outlives its signer. */
export class MemorySignerStore implements SignerStore {
  readonly heads = new Map<string, TreeHead>();
  readonly #fault: Fault;

  constructor(fault: Fault = new Fault()) {
    this.#fault = fault;
  }

  async load(origin: string): Promise<TreeHead | undefined> {
    return this.heads.get(origin);
  }

  async save(origin: string, head: TreeHead): Promise<void> {
    await this.#fault.around('signer/save', async () => {
      this.heads.set(origin, head);
    });
  }
}
