import type { RequestContext } from '@rogatory/access';
import { type Acted, type ActRunner, type LogReader, nothingConcerned } from '@rogatory/audit';
import type { ReplayRequest, WitnessRequests } from './witness-requests.js';

export interface ReadForReplayParts {
  readonly acts: Pick<ActRunner, 'run'>;
  readonly log: Pick<LogReader, 'file'>;
  readonly requests: Pick<WitnessRequests, 'witnessOf'>;
}

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
      facts: async () => ({ isWitness: witness !== undefined }),
      perform: async () => ({
        result: bundle,
        what: { ...nothingConcerned, detail: `witness=${witness?.keyId} ${request.path}` },
      }),
    }));
  }
}
