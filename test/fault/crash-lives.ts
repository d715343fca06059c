import { setTimeout as pause } from 'node:timers/promises';
import { isRogatoryError } from '@rogatory/kernel';
import { type CrashAct, CrashStage } from './crash-acts.js';
import { CrashingServer, type CrashPoint } from './crashing-server.js';
import { untilAnswered } from './load.js';

/** For the sequencer, the signer and those who are woken to come to what was recorded last. */
const SETTLE_MS = 400;
/** Longer than any answer is held back: what has not come to its point by then does not come to it. */
const LONGEST_MS = 20_000;

/** One end of the server at one point of one act, and what was there afterwards. */
export interface CrashOutcome {
  readonly act: string;
  readonly point: string;
  readonly isHit: boolean;
  readonly wasAnswered: boolean;
  /** Code of the refusal or failure that the person was told; undefined when it was answered. */
  readonly code: string | undefined;
  /** How many effects the act had; undefined where there is nothing to count. */
  readonly effects: number | undefined;
  readonly readyMs: number;
}

/** Lives of one server, each ended at a named point while somebody does something. */
export class CrashLives {
  readonly #stage: CrashStage;
  #server: CrashingServer;

  private constructor(stage: CrashStage, server: CrashingServer) {
    this.#stage = stage;
    this.#server = server;
  }

  /** The world's own server has to be away. */
  static async begin(stage: CrashStage): Promise<CrashLives> {
    return new CrashLives(stage, await CrashingServer.start(stage.world.configuration));
  }

  /** How often the server comes to each point in one run of an act that is left alone. */
  async pointsOf(act: CrashAct): Promise<ReadonlyMap<string, number>> {
    const work = await this.#prepared(act);
    await this.#server.record();
    await untilAnswered(work);
    await pause(SETTLE_MS);
    return this.#server.passed();
  }

  /** Ends the server at the point while the act is done, and starts it again. */
  async end(act: CrashAct, point: CrashPoint): Promise<CrashOutcome> {
    const work = await this.#prepared(act);
    const before = await act.effects?.(this.#stage);
    await pause(SETTLE_MS);
    await this.#server.arm(point);
    const doing = told(work);
    const isHit = await Promise.race([
      this.#server.ended.then(() => true),
      Promise.all([doing, pause(LONGEST_MS / 4)]).then(() => false),
      pause(LONGEST_MS, false, { ref: false }),
    ]);
    await this.#server.kill();
    const code = await doing;
    const readyMs = await this.#restart();
    const after = before === undefined ? undefined : await this.#counted(act);
    const effects = before === undefined || after === undefined ? undefined : after - before;
    return { act: act.name, point: point.name, isHit, wasAnswered: code === undefined, code, effects, readyMs };
  }

  async stop(): Promise<void> {
    await this.#server.kill();
  }

  async #prepared(act: CrashAct): Promise<() => Promise<unknown>> {
    this.#stage.run++;
    const { judge } = this.#stage;
    await untilAnswered(() => judge.login());
    return untilAnswered(() => act.prepare(this.#stage));
  }

  /** Logging in again where the act or the crash ended the session. */
  async #counted(act: CrashAct): Promise<number | undefined> {
    await untilAnswered(() => this.#stage.judge.login());
    const { effects } = act;
    return effects === undefined ? undefined : untilAnswered(() => effects(this.#stage));
  }

  async #restart(): Promise<number> {
    const startedAt = performance.now();
    this.#server = await CrashingServer.start(this.#stage.world.configuration);
    return Math.round(performance.now() - startedAt);
  }
}

/** Undefined for an answer, else the code that the person was told. */
async function told(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!isRogatoryError(error)) throw error;
    return error.code;
  }
}
