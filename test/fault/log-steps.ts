import { setTimeout as pause } from 'node:timers/promises';
import { type Client, type OpenCase, rootOf } from '@rogatory/client';
import { isRogatoryError } from '@rogatory/kernel';
import type { World } from '../world/world.js';
import type { Ledger } from './ledger.js';
import { untilAnswered } from './load.js';
import { ServerProcess } from './server-process.js';
import { type Injection, Strace } from './strace.js';

/**
 * The calls by which an act becomes a record of a published log, in their order, on the embedded database: write and sync of
 * the act with its record; of number, tiles and head; sync, rename and folder of the signer's head; write and sync of the
 * checkpoint.
 */
export const stepCalls = ['pwrite64', 'fdatasync', 'fsync', 'rename'] as const;

/** What came of one life under an injection. */
export interface StepOutcome {
  readonly injection: Injection;
  /** How many calls failed; for a kill, 1 when the process was ended by it. */
  readonly hits: number;
  /** Acts that were answered, and codes of those that were refused. */
  readonly answered: number;
  readonly refused: readonly string[];
  /** Milliseconds from the start of the successor to its first answer. */
  readonly readyMs: number;
}

const ACTS = 3;
/** For the sequencer to come to what was recorded last, and for the signer. */
const SETTLE_MS = 400;
/** Longer than the gate holds an answer back: what is not answered by then is cut off with the server. */
const ANSWER_MS = 12_000;

export interface StepScene {
  readonly world: World;
  readonly client: Client;
  readonly open: OpenCase;
  readonly ledger: Ledger;
  readonly checkpoints: Uint8Array[];
  readonly checkpointUrl: string;
}

/** Runs one life of the server with each injection, and its successor until it answers. The world's server has to be away. */
export async function livesUnder(scene: StepScene, injections: readonly Injection[]): Promise<readonly StepOutcome[]> {
  const outcomes: StepOutcome[] = [];
  let server = await ServerProcess.start(scene.world.configuration);
  try {
    for (const injection of injections) {
      await settled(scene);
      const { pid } = server;
      const strace = await Strace.attach(pid, injection.calls, injection);
      const working = work(scene, `${injection.fault} ${outcomes.length}`);
      await Promise.race([working, pause(ANSWER_MS, undefined, { ref: false })]);
      await pause(SETTLE_MS);
      const isOver = !isAlive(pid);
      const { injected } = await strace.detach();
      const hits = injection.fault === 'kill' ? Number(isOver) : injected;
      await server.kill();
      const { answered, refused } = await working;
      const startedAt = performance.now();
      server = await ServerProcess.start(scene.world.configuration);
      const readyMs = Math.round(performance.now() - startedAt);
      outcomes.push({ injection, hits, answered, refused, readyMs });
    }
    await settled(scene);
  } finally {
    await server.kill();
  }
  return outcomes;
}

/** Waits until a new life has signed what the one before left, and keeps its head. */
async function settled({ client, checkpoints, checkpointUrl }: StepScene): Promise<void> {
  await untilAnswered(() => client.cases.list());
  await pause(SETTLE_MS);
  const answer = await untilFetched(checkpointUrl);
  checkpoints.push(answer);
}

async function untilFetched(url: string): Promise<Uint8Array> {
  for (let dead = 0; dead < 32; dead++) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok === true) return new Uint8Array(await answer.arrayBuffer());
  }
  throw new Error('no checkpoint');
}

/** Acts one after the other, and a read that is released by a signed head alone. */
async function work({ client, open, ledger }: StepScene, name: string) {
  const refused: string[] = [];
  let answered = 0;
  const attempt = async (act: () => Promise<unknown>): Promise<boolean> => {
    try {
      await act();
      answered++;
      return true;
    } catch (error) {
      if (!isRogatoryError(error)) throw error;
      refused.push(error.code);
      return false;
    }
  };
  for (let n = 0; n < ACTS; n++) {
    const text = `${name}.${n}`;
    ledger.attempted(text);
    const isDone = await attempt(() => client.messages.post(open, rootOf(open.caseId), { text }));
    if (!isDone) return { answered, refused };
    ledger.posted(text);
  }
  await attempt(() => client.cases.list());
  return { answered, refused };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
