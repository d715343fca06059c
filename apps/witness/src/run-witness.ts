import { join } from 'node:path';
import type { Clock, RandomBytes } from '@rogatory/kernel';
import { lockFolder } from '@rogatory/platform-files';
import type { Log } from '@rogatory/platform-telemetry';
import type { VerifierKey } from '@rogatory/tlog';
import { DirectoryCheck } from './application/directory-check.js';
import { DirectoryReplay } from './application/directory-replay.js';
import { Witness } from './application/witness.js';
import { HttpBundles } from './http/http-bundles.js';
import { witnessServer } from './http/witness-server.js';
import { FolderDirectoryCopy } from './storage/folder-directory-copy.js';
import { FolderEvidence } from './storage/folder-evidence.js';
import { FolderHeads, originHash } from './storage/folder-heads.js';
import { FollowedLogs } from './storage/followed-logs.js';
import { openReadSigner, openWitness } from './storage/witness-folder.js';

export interface WitnessOptions {
  /** Private to the witness: key, list of logs, heads, evidence. */
  readonly folder: string;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly log: Log;
}

/** A witness that answers. */
export interface RunningWitness {
  readonly url: string;
  readonly key: VerifierKey;
  /** All keys that it signs with. */
  readonly keys: readonly VerifierKey[];
  /** Ends after the requests under way, and gives the folder back. */
  stop(): Promise<void>;
}

/**
 * Starts a witness over its folder, which it holds alone meanwhile: two of them would roll each other back.
 * @throws UnavailableError `files/folder-in-use`; what `openWitness` throws; the system's error when it cannot listen.
 */
export async function startWitness(options: WitnessOptions): Promise<RunningWitness> {
  const { folder, host, port, clock, random, log } = options;
  const signers = await openWitness(folder, random);
  const lock = lockFolder(join(folder, 'witness.lock'));
  try {
    const onFault = (error: unknown): void => log.error('witness/logs', { error });
    const logs = await FollowedLogs.open({ folder, clock, onFault });
    const heads = FolderHeads.open(join(folder, 'heads'));
    const evidence = new FolderEvidence(join(folder, 'evidence'));
    const entries = await directoryCheck(options, { logs, evidence });
    const witness = new Witness({ signers, logs, heads, evidence, entries, clock, log });
    const server = witnessServer({ witness, logs, log });
    const url = await server.listen({ host, port });
    const stop = async (): Promise<void> => {
      await server.close();
      await entries.settled();
      heads.close();
      lock.release();
    };
    return { url, key: signers[0].key, keys: signers.map(({ key }) => key), stop };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** What is asked of the entries of each directory that the witness follows. */
async function directoryCheck(
  { folder, clock, random, log }: WitnessOptions,
  { logs, evidence }: { readonly logs: FollowedLogs; readonly evidence: FolderEvidence },
): Promise<DirectoryCheck> {
  const signer = await openReadSigner(folder, random);
  return new DirectoryCheck({
    sourceOf: (origin) => logs.directoryOf(origin),
    replayOf: (origin, source) => {
      const { federationHash } = source;
      const bundles = new HttpBundles({ origin, source, signer, clock, random });
      const copy = new FolderDirectoryCopy(join(folder, 'directory', originHash(origin)));
      return new DirectoryReplay({ federationHash, source: bundles, copy, evidence, log, clock });
    },
    ...{ log, clock },
  });
}
