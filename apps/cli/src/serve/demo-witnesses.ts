import { join } from 'node:path';
import { fromHex, limits } from '@rogatory/kernel';
import type { CliContext } from '../run/context.js';
import { isPresent, makePrivateFolder, readBounded, writeWhole } from '../run/files.js';
import { demoStateNames } from './demo-states.js';
import { freePort } from './free-port.js';
import { logKeysIn, type NamedWitness, witnessPolicyText } from './witness-policy.js';
import { type RunningWitnessProcess, startWitnessProcess, type WitnessPlace } from './witness-process.js';

interface DemoWitness extends NamedWitness, WitnessPlace {}

const MAX_KEY_FILE_BYTES = 4_096;
const MAX_DIRECTORIES_BYTES = 64 * 1024;
const decoder = new TextDecoder();

/** Where the policy of a demonstration lies: for the server, and for everybody who verifies. */
export function demoPolicyFile(dataFolder: string): string {
  return join(dataFolder, 'witnesses', 'policy');
}

/**
 * The witnesses of the demonstration, one per state: each a process with a folder, key and port of its own. Their folders
 * stay; where they listen is new at each start.
 */
export class DemoWitnesses {
  readonly #policyFile: string;
  readonly #witnesses: readonly DemoWitness[];
  readonly #context: CliContext;
  readonly #halt = new AbortController();
  #starting: Promise<readonly PromiseSettledResult<RunningWitnessProcess>[]> = Promise.resolve([]);
  #logKeys: readonly string[];

  private constructor(parts: DemoParts, context: CliContext) {
    this.#policyFile = parts.policyFile;
    this.#witnesses = parts.witnesses;
    this.#logKeys = parts.logKeys;
    this.#context = context;
  }

  /** Makes what is not there yet. */
  static async open(dataFolder: string, context: CliContext): Promise<DemoWitnesses> {
    const folder = join(dataFolder, 'witnesses');
    const policyFile = demoPolicyFile(dataFolder);
    await makePrivateFolder(folder);
    const witnesses = await Promise.all(
      demoStateNames.map(({ code, name }) => openFolder({ name, folder: join(folder, code.toLowerCase()) }, context)),
    );
    const logKeys = (await isPresent(policyFile)) ? logKeysIn(await readText(policyFile, limits.maxPolicyBytes)) : [];
    return new DemoWitnesses({ policyFile, witnesses, logKeys }, context);
  }

  /** The policy that the profiles of the demonstration pin: the witnesses, wherever they listen and whatever log it is. */
  get pinnedPolicy(): string {
    return witnessPolicyText(
      this.#witnesses.map(({ name, key }) => ({ name, key })),
      [],
    );
  }

  /** Writes the policy and starts the processes; none of them is waited for. */
  async start(): Promise<void> {
    await writePolicy(this.#policyFile, this.#witnesses, this.#logKeys);
    const scene = {
      console: this.#context.console,
      signal: AbortSignal.any([this.#context.signal, this.#halt.signal]),
    };
    this.#starting = Promise.allSettled(this.#witnesses.map((witness) => startWitnessProcess(witness, scene)));
  }

  /**
   * Lets the witnesses follow the logs of the server, replay its directory where it is now, and names the logs in the policy.
   * Whoever has no key of them yet takes it from the server: a demonstration may, a federation must not. @returns whether
   * there was a new one.
   */
  async follow({ url, logKeys, federationHash }: FollowedServer): Promise<boolean> {
    const added = logKeys.filter((key) => !this.#logKeys.includes(key));
    const replay = `${url}/directory/replay`;
    const line = (key: string): string => `directory ${originOf(key)} ${federationHash} ${replay}`;
    for (const { folder } of this.#witnesses) {
      const placed = await placedIn(folder);
      const due = logKeys.filter((key) =>
        isDirectory(key) ? !placed.includes(line(key)) || added.includes(key) : added.includes(key),
      );
      if (due.length > 0) await followAll(folder, due, { url: replay, federationHash });
    }
    if (added.length === 0) return false;
    this.#logKeys = [...this.#logKeys, ...added];
    await writePolicy(this.#policyFile, this.#witnesses, this.#logKeys);
    return true;
  }

  /** Resolves when all of them answer. @throws RefusedError `cli/witness-start` when one does not. */
  async ready(): Promise<void> {
    for (const started of await this.#starting) if (started.status === 'rejected') throw started.reason;
  }

  async stop(): Promise<void> {
    this.#halt.abort();
    const started = await this.#starting;
    await Promise.all(started.flatMap((one) => (one.status === 'fulfilled' ? [one.value.stop()] : [])));
  }
}

/** What a server says of itself that a witness has to know. */
export interface FollowedServer {
  readonly url: string;
  readonly logKeys: readonly string[];
  readonly federationHash: string;
}

interface DemoParts {
  readonly policyFile: string;
  readonly witnesses: readonly DemoWitness[];
  readonly logKeys: readonly string[];
}

/** The verifier key of a log begins with its origin. */
function originOf(logKey: string): string {
  return logKey.slice(0, logKey.indexOf('+'));
}

function isDirectory(logKey: string): boolean {
  return /(^|\/)directory$/.test(originOf(logKey));
}

/** Where the witness of a folder reads directories, line by line; nowhere before it was told. */
async function placedIn(folder: string): Promise<readonly string[]> {
  const path = join(folder, 'directories');
  return (await isPresent(path)) ? (await readText(path, MAX_DIRECTORIES_BYTES)).split('\n') : [];
}

/** What changes the lists of a witness is loaded only where something is to be changed. */
async function followAll(
  folder: string,
  logKeys: readonly string[],
  { url, federationHash }: Pick<FollowedServer, 'url' | 'federationHash'>,
): Promise<void> {
  const [{ followLog }, { parseVerifierKey }] = await Promise.all([
    import('@rogatory/witness/folder'),
    import('@rogatory/tlog'),
  ]);
  const directory = { url, federationHash: fromHex(federationHash) };
  for (const key of logKeys) await followLog(folder, parseVerifierKey(key), isDirectory(key) ? directory : undefined);
}

/** What makes a witness is loaded only where there is none yet. */
async function openFolder(
  { name, folder }: { readonly name: string; readonly folder: string },
  { random }: CliContext,
): Promise<DemoWitness> {
  const keyFile = join(folder, 'witness.vkey');
  if (!(await isPresent(keyFile))) {
    const { makeWitness } = await import('@rogatory/witness/folder');
    await makeWitness(folder, `witness.demo.invalid/${name.toLowerCase()}`, random);
  }
  const key = (await readText(keyFile, MAX_KEY_FILE_BYTES)).trim();
  const port = await freePort();
  return { name: name.toLowerCase(), folder, key, port, url: `http://127.0.0.1:${port}` };
}

async function writePolicy(
  path: string,
  witnesses: readonly NamedWitness[],
  logKeys: readonly string[],
): Promise<void> {
  await writeWhole(path, witnessPolicyText(witnesses, logKeys), { replace: true });
}

async function readText(path: string, maxBytes: number): Promise<string> {
  return decoder.decode(await readBounded(path, maxBytes));
}
