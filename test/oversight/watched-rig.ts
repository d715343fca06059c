import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { operations } from '@rogatory/client';
import { parseActId, systemRandom, utf8 } from '@rogatory/kernel';
import { silentLog } from '@rogatory/platform-telemetry';
import { actSubjects } from '@rogatory/protocol';
import {
  encodeVerifierKey,
  openPolicyCheckpoint,
  parsePolicy,
  type SignedCheckpoint,
  type TrustPolicy,
} from '@rogatory/tlog';
import { makeWitness, originHash, type RunningWitness, startWitness } from '@rogatory/witness';
import { Rig } from '../rig/rig.js';
import { onQuickest } from '../world/engines.js';
import { SetClock } from '../world/set-clock.js';
import { freePort } from '../world/world.js';

/** One witness per state; two of them make a quorum. */
export const states = ['xa', 'xb', 'xc'] as const;
export type State = (typeof states)[number];

const POLL_MS = 20;

/** A real server under the eyes of three real witnesses, with a lying proxy before it. Everything but they is the operator's. */
export class WatchedRig {
  readonly rig: Rig;
  readonly policy: TrustPolicy;
  /** What people pin: the witnesses, whatever log it is. */
  readonly policyText: string;
  readonly origin: string;
  /** What the witnesses take the time to be. */
  readonly clock = new SetClock();
  readonly #scratch: string;
  readonly #ports: ReadonlyMap<State, number>;
  readonly #running = new Map<State, RunningWitness>();

  private constructor(parts: {
    readonly rig: Rig;
    readonly policy: TrustPolicy;
    readonly policyText: string;
    readonly origin: string;
    readonly scratch: string;
    readonly ports: ReadonlyMap<State, number>;
  }) {
    this.rig = parts.rig;
    this.policy = parts.policy;
    this.policyText = parts.policyText;
    this.origin = parts.origin;
    this.#scratch = parts.scratch;
    this.#ports = parts.ports;
  }

  static async start(): Promise<WatchedRig> {
    const scratch = await mkdtemp(join(tmpdir(), 'rogatory-watched-'));
    const ports = new Map<State, number>();
    const lines: string[] = [];
    for (const state of states) {
      ports.set(state, await freePort());
      const key = await makeWitness(join(scratch, state), `witness.invalid/${state}`, systemRandom);
      lines.push(`witness ${state} ${encodeVerifierKey(key)} http://127.0.0.1:${ports.get(state)}\n`);
    }
    const policyText = `${lines.join('')}group states 2 ${states.join(' ')}\nquorum states\n`;
    const policyFile = join(scratch, 'policy');
    await writeFile(policyFile, policyText);
    const rig = await Rig.start(await onQuickest(), { policyFile });
    const { logKeys, auditOrigin: origin } = await rig.lead.server();
    const policy = parsePolicy(utf8(`${policyText}${logKeys.map((key) => `log ${key}\n`).join('')}`));
    for (const state of states) await rig.world.followedBy(join(scratch, state));
    const watched = new WatchedRig({ rig, policy, policyText, origin, scratch, ports });
    for (const state of states) await watched.wake(state);
    return watched;
  }

  get shard(): string {
    return this.origin.slice(this.origin.lastIndexOf('/') + 1);
  }

  async wake(state: State): Promise<void> {
    const place = { folder: join(this.#scratch, state), host: '127.0.0.1', port: this.#ports.get(state) ?? 0 };
    this.#running.set(state, await startWitness({ ...place, clock: this.clock, random: systemRandom, log: silentLog }));
  }

  async silence(state: State): Promise<void> {
    await this.#running.get(state)?.stop();
    this.#running.delete(state);
  }

  /** The head that the server shows to everybody; undefined while there is none. */
  async shown(log = `audit/log/${this.shard}`): Promise<Uint8Array | undefined> {
    const response = await fetch(`${this.rig.world.url}/${log}/checkpoint`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    return response.status === 200 ? bytes : undefined;
  }

  /** The shown head, once a quorum vouches for all that was done by now. */
  async vouched(): Promise<{ readonly note: Uint8Array; readonly head: SignedCheckpoint }> {
    const { rig } = this;
    const call = { variables: {}, subject: actSubjects.listCases() };
    const { recordId } = await rig.lead.gateway.tell(operations.casesOperation, call, () => undefined);
    if (recordId === undefined) throw new Error('the list of cases has no record');
    await rig.world.server.features.audit.gate.released(parseActId(recordId), 'witnessed');
    const note = await this.shown();
    if (note === undefined) throw new Error('no head is shown');
    return { note, head: openPolicyCheckpoint(note, this.policy) };
  }

  /** What a witness shows to monitors. */
  async heldBy(state: State, origin = this.origin): Promise<Uint8Array> {
    const seen = await fetch(`${this.#running.get(state)?.url}/${originHash(origin)}/checkpoint`);
    return new Uint8Array(await seen.arrayBuffer());
  }

  /** Files that a witness keeps of what a log signed and must not have. */
  async evidenceOf(state: State, origin = this.origin): Promise<readonly string[]> {
    const folder = join(this.#scratch, state, 'evidence', originHash(origin));
    return (await readdir(folder).catch(() => [])).map((name) => join(folder, name));
  }

  async stop(): Promise<void> {
    for (const state of states) await this.silence(state);
    await this.rig.stop();
    await rm(this.#scratch, { recursive: true, force: true });
  }
}

/** Looks until it is so; what fails is that it never comes to be. */
export async function eventually<Found>(look: () => Promise<Found | undefined>): Promise<Found> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(POLL_MS);
  }
}
