import { type Clock, RefusedError } from '@rogatory/kernel';
import type { RequestContext } from '@rogatory/access';
import { type Acted, type ActRunner, type LogReader, nothingConcerned } from '@rogatory/audit';
import type { JobPrincipal, Writer } from '@rogatory/platform-database';
import type { UsedNonces } from './directory.store.js';
import type { ReplayRequest, WitnessRequest, WitnessRequests } from './witness-requests.js';

export interface ReadForReplayParts {
  readonly acts: Pick<ActRunner, 'run'>;
  readonly log: Pick<LogReader, 'file'>;
  readonly requests: Pick<WitnessRequests, 'witnessOf'>;
  readonly nonces: UsedNonces;
  readonly clock: Pick<Clock, 'nowMs'>;
}

const principal: JobPrincipal = { kind: 'job', job: 'directory-witness' };

/** Gives a witness of the policy one entry bundle of the log, as far as it is signed, so that it can replay it. */
export class ReadForReplay {
  readonly #parts: ReadForReplayParts;

  constructor(parts: ReadForReplayParts) {
    this.#parts = parts;
  }

  /**
   * The bundle; undefined where the signed log has none of this width.
   * @throws RefusedError `access/refused` for whoever is no witness of the policy, whatever is wrong; what `ActRunner.run`
   * throws.
   */
  async run(ctx: RequestContext, request: ReplayRequest): Promise<Acted<Uint8Array | undefined>> {
    const { acts, log, requests } = this.#parts;
    const witness = requests.witnessOf(request);
    // Read by the log's own job before the act's transaction opens: nobody without a session sees the log there.
    const bundle = witness === undefined ? undefined : await log.file(request.path);
    return acts.run(ctx, 'route.directoryReplay', () => ({
      event: 'directory.replay',
      principal,
      facts: async () => ({ isWitness: witness !== undefined }),
      perform: async (writer) => {
        await this.#useUp(writer, witness);
        const detail = `witness=${witness?.key.keyId} ${request.path}`;
        return { result: bundle, what: { ...nothingConcerned, detail } };
      },
    }));
  }

  /** SPEC: directory 13 — a nonce of a key once, on all servers together and over their restarts */
  async #useUp(writer: Writer, witness: WitnessRequest | undefined): Promise<void> {
    const { nonces, clock } = this.#parts;
    if (witness === undefined) throw used();
    const { key, nonce, voidMs } = witness;
    const isFirst = await nonces.use(writer, { witnessKey: key.publicKey, nonce, voidMs }, clock.nowMs());
    if (!isFirst) throw used();
  }
}

function used(): RefusedError<'access/refused'> {
  return new RefusedError('access/refused', 'not found, or not yours to see');
}
