/** @param {string} name @returns {Promise<typeof import('@rogatory/audit')>} a part of the product as it is */
const own = (name) => import(new URL(`../../../libs/audit/dist/application/${name}.js?own`, import.meta.url).href);

const { AuditRecorder: OwnRecorder } = await own('audit-recorder');
const { PromiseSigner: OwnSigner } = await own('promise-signer');

const isOff = () => Reflect.get(globalThis, Symbol.for('rogatory.bench.without-audit')) === true;
const none = new Uint8Array(32);

export class AuditRecorder extends OwnRecorder {
  #parts;

  /** @param {import('@rogatory/audit').RecorderParts} parts */
  constructor(parts) {
    super(parts);
    this.#parts = parts;
  }

  /**
   * @override
   * @param {import('@rogatory/platform-database').Writer} writer
   * @param {readonly import('@rogatory/audit').AuditEntry[]} entries
   * @returns {Promise<readonly import('@rogatory/audit').RecordedAct[]>}
   */
  async recordMany(writer, entries) {
    if (!isOff()) return super.recordMany(writer, entries);
    this.#parts.databaseRecorder.recorded(writer);
    const timeMs = this.#parts.clock.nowMs();
    return entries.map(({ id }) => ({ id, leaf: none, leafHash: none, timeMs }));
  }
}

export class PromiseSigner extends OwnSigner {
  /** @type {Uint8Array | undefined} */
  #last;

  /** @override @param {import('@rogatory/audit').RecordedAct} recorded */
  promise(recorded) {
    if (this.#last === undefined || !isOff()) this.#last = super.promise(recorded);
    return this.#last;
  }
}
