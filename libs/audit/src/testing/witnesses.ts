import { limits, Secret } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import {
  type AddCheckpoint,
  cosignCheckpoint,
  encodeAddCheckpoint,
  judgeAddCheckpoint,
  keyTypes,
  type NoteSigner,
  type PolicyWitness,
  readAddCheckpoint,
  type TrustPolicy,
  verifierKey,
  type VerifierKey,
  type WitnessedLog,
} from '@rogatory/tlog';
import type { WitnessClient, WitnessReply } from '../application/log/witness-client.js';

/** How a witness behaves. */
export type WitnessMood = 'honest' | 'down' | 'hanging' | 'boasting' | 'forging' | 'foreign';

/** A witness in memory that keeps the rules of tlog-witness while it is honest. */
export class TestingWitness implements WitnessClient {
  readonly witness: PolicyWitness;
  mood: WitnessMood = 'honest';
  asked = 0;
  #latest: WitnessedLog['latest'];
  #goOn: () => void = () => undefined;
  readonly #logKeys: readonly VerifierKey[];
  readonly #signer: NoteSigner;

  constructor(name: string, seed: number, logKeys: readonly VerifierKey[]) {
    this.#signer = signerOf(name, seed);
    this.#logKeys = logKeys;
    this.witness = { name, key: this.#signer.key, url: `http://127.0.0.1/${name}` };
  }

  get size(): number {
    return this.#latest?.size ?? 0;
  }

  /** Lets an answer go that hung. */
  goOn(): void {
    this.mood = 'honest';
    this.#goOn();
  }

  async addCheckpoint(request: AddCheckpoint): Promise<WitnessReply> {
    this.asked += 1;
    if (this.mood === 'down') throw new Error('connection refused');
    if (this.mood === 'boasting') return { kind: 'conflict', size: limits.maxTreeSize };
    if (this.mood === 'hanging') await new Promise<void>((resolve) => (this.#goOn = resolve));
    return this.#judge(request);
  }

  async #judge(request: AddCheckpoint): Promise<WitnessReply> {
    const submission = readAddCheckpoint(encodeAddCheckpoint(request));
    if ('status' in submission) return { kind: 'refused', status: submission.status };
    const verdict = judgeAddCheckpoint(submission, { keys: this.#logKeys, latest: this.#latest });
    if (verdict.status === 409) return { kind: 'conflict', size: verdict.latestSize };
    if (verdict.status !== 200) return { kind: 'refused', status: verdict.status };
    const signer = this.mood === 'foreign' ? signerOf(this.witness.name, 99) : this.#signer;
    const line = await cosignCheckpoint(verdict.checkpoint, signer, 1_795_000_000 + this.asked);
    if (this.mood === 'forging')
      return { kind: 'cosigned', lines: [{ ...line, signature: line.signature.map((byte) => byte ^ 1) }] };
    if (this.mood === 'honest') this.#latest = { size: verdict.checkpoint.size, root: verdict.checkpoint.root };
    return { kind: 'cosigned', lines: [line] };
  }
}

/** k of these witnesses. */
export function quorumOf(threshold: number, witnesses: readonly TestingWitness[]): TrustPolicy {
  const members = witnesses.map(({ witness }) => witness.name);
  const groups = [{ name: 'quorum', threshold, members }];
  return { logs: [], witnesses: witnesses.map(({ witness }) => witness), groups, quorum: 'quorum' };
}

function signerOf(name: string, seed: number): NoteSigner {
  const key = SigningKey.fromSeed(new Secret(new Uint8Array(32).fill(seed)));
  return {
    key: verifierKey({ name: `witness.invalid/${name}`, type: keyTypes.cosignature, publicKey: key.publicKey }),
    sign: (message) => key.signRaw(message),
  };
}
