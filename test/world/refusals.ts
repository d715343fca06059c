import type { RunningServer } from '@rogatory/api';
import { type Client, operations } from '@rogatory/client';
import { parseActId } from '@rogatory/kernel';
import { actSubjects, auditPurposes, legalBases } from '@rogatory/protocol';

const review = {
  purpose: auditPurposes.integrityAndSecurity,
  justification: { legalBasis: legalBases.oversight, instrument: '', text: 'refused requests' },
};
const PAGE = 200;

/** Reads from the audit log, as an auditor does, which refusals a piece of work left behind. */
export class Refusals {
  readonly #auditor: Client;
  readonly #server: () => RunningServer;
  #from = 0;

  constructor(auditor: Client, server: () => RunningServer) {
    this.#auditor = auditor;
    this.#server = server;
  }

  /** Forgets what was refused so far. */
  async begin(): Promise<void> {
    await this.#read();
  }

  /** Reason codes of the refusals since the last call, oldest first. */
  async recorded(): Promise<readonly string[]> {
    return this.#read();
  }

  async #read(): Promise<readonly string[]> {
    await this.#signed();
    const page = await this.#auditor.audit.list(review, { outcome: 'denied', firstIndex: this.#from }, { first: PAGE });
    if (page.records.length === PAGE) throw new Error('more refusals than one page holds');
    const newest = page.records[0]?.index;
    if (newest !== undefined) this.#from = newest + 1;
    return [...page.records].reverse().map(({ leaf }) => leaf.rc);
  }

  /** Waits until everything recorded so far has its number. */
  async #signed(): Promise<void> {
    const call = { variables: {}, subject: actSubjects.listCases() };
    const { recordId } = await this.#auditor.gateway.tell(operations.casesOperation, call, () => undefined);
    if (recordId === undefined) throw new Error('the list of cases has no record');
    await this.#server().features.audit.gate.released(parseActId(recordId), 'signed');
  }
}
