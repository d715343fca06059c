import type { Database, UnauditedOptions, Writer } from '@rogatory/platform-database';
import type { DatabasePrincipal, Reader, TransactionOptions } from '@rogatory/platform-database';
import type { SignerStore } from '../application/log/log-signer.js';
import type { TreeHead } from '../application/log/log-tree.store.js';

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

  constructor(inner: Database, fault: Fault) {
    this.#inner = inner;
    this.#fault = fault;
  }

  read<T>(principal: DatabasePrincipal, use: (reader: Reader) => Promise<T>, options?: TransactionOptions): Promise<T> {
    return this.#inner.read(principal, use, options);
  }

  writeUnaudited<T>(
    principal: DatabasePrincipal,
    use: (writer: Writer) => Promise<T>,
    options: UnauditedOptions,
  ): Promise<T> {
    return this.#fault.around(options.reason, () => this.#inner.writeUnaudited(principal, use, options));
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
