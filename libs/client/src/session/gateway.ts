import { type Clock, isRogatoryError, type RandomBytes } from '@rogatory/kernel';
import type { ActSubject, CarriedHead } from '@rogatory/protocol';
import type { ActChain, GivenReason, MadeAct } from '../acts/act-chain.js';
import type { LogView } from '../acts/log-view.js';
import type { PeerWord } from '../acts/peer-heads.js';
import type { Receipts } from '../acts/receipts.js';
import { isUnanswered, refusedError } from '../client.errors.js';
import { type Operation, serverOperation } from '../operations.generated.js';
import type { DeviceMemory } from '../state/device-memory.js';
import { dataOf, fieldOf, httpError, readAnswer } from '../transport/answer.js';
import { linesBehindReceipt } from '../transport/receipt-line.js';
import { requestWell } from '../transport/repeated-request.js';
import { isHttpFailure, type Transport } from '../transport/transport.js';
import type { Session } from './session.js';

export interface GatewayParts {
  readonly transport: Transport;
  readonly session: Session;
  readonly acts: ActChain;
  readonly receipts: Receipts;
  readonly view: LogView;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

export interface Call<Variables> {
  readonly variables: Variables;
  /** What the signed act of the request names; absent for operations that carry none. */
  readonly subject?: ActSubject;
  readonly reason?: GivenReason;
  /** Saved in the same write as the act's number, before the request leaves. */
  readonly journal?: (memory: DeviceMemory) => DeviceMemory;
}

/** An answer after its shape was read, with the id of its audit record where an act went with it. */
export interface Told<Result> {
  readonly result: Result;
  readonly recordId: string | undefined;
}

/** The only way to the server: proves the session, signs the act, reads the answer as hostile, keeps the receipt. */
export class Gateway {
  readonly #parts: GatewayParts;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
  }

  get clock(): Clock {
    return this.#parts.clock;
  }

  get random(): RandomBytes {
    return this.#parts.random;
  }

  get acts(): ActChain {
    return this.#parts.acts;
  }

  get transport(): Transport {
    return this.#parts.transport;
  }

  /**
   * Runs one operation. `read` makes values of the answer and checks their form.
   * @throws the server's own errors; VerificationError `client/answer`; UnavailableError `client/network`.
   */
  async call<Result, Variables, Read>(
    operation: Operation<Result, Variables>,
    call: Call<Variables>,
    read: (data: Result) => Read,
  ): Promise<Read> {
    return (await this.tell(operation, call, read)).result;
  }

  /** As `call`, with the record's id. */
  async tell<Result, Variables, Read>(
    operation: Operation<Result, Variables>,
    call: Call<Variables>,
    read: (data: Result) => Read,
  ): Promise<Told<Read>> {
    const { session } = this.#parts;
    const accessToken = await session.accessToken();
    try {
      return await this.#twice(operation, call, { accessToken, read });
    } catch (error) {
      const isRefused = isRogatoryError(error) && error.code === 'access/refused';
      if (isStateLost(error)) throw refusedError('client/device-state', { cause: error });
      // The server says itself that the token is of no use: it was ended, or is of an earlier address of the server.
      const isEnded = isRogatoryError(error) && error.code === 'login/session';
      if (!isEnded && (!isRefused || session.isOwn(accessToken))) throw error;
      // A saved token may have been revoked meanwhile: the key proves us anew, once.
      session.reject(accessToken);
      return this.#once(operation, call, { accessToken: await session.accessToken(), read });
    }
  }

  /** The newest head of the audit log that this device verified, as its items and heartbeats carry it. */
  carriedHead(): Promise<CarriedHead | undefined> {
    return this.#parts.view.carried();
  }

  /**
   * Takes note of the head that another device was shown, and asks how it fits: with a request of its own where none was
   * spent on that for `limits.peerHeadCheckMs`, else with whatever request comes next. What goes wrong with that request is
   * no failure of whatever was read before: a head that does not fit raises its own concern, and a question that went without
   * an answer waits for the next request.
   */
  async compareHeads(words: readonly PeerWord[]): Promise<void> {
    const { peers } = this.#parts.view;
    for (const word of words) await peers.hear(word);
    if (!peers.isDue()) return;
    try {
      await this.call(serverOperation, { variables: {} }, () => undefined);
    } catch (error) {
      if (!isRogatoryError(error)) throw error;
    }
  }

  /** Public operations: no session, no act. */
  async ask<Result, Variables, Read>(
    operation: Operation<Result, Variables>,
    variables: Variables,
    read: (data: Result) => Read,
  ): Promise<Read> {
    const answer = await requestWell(this.#parts.transport, { operation, variables, proof: {} });
    return readAnswer(() => read(dataOf(answer, operation.rootField) as Result));
  }

  /** The events of a subscription; ends when the server completes or `signal` aborts. */
  async *listen<Result, Variables, Read>(
    operation: Operation<Result, Variables>,
    call: Call<Variables> & { readonly signal: AbortSignal },
    read: (data: Result) => Read,
  ): AsyncIterable<Read> {
    const { session, transport, view } = this.#parts;
    const accessToken = await session.accessToken();
    const act = await this.#act(call);
    const head = view.stated();
    const proof = { accessToken, head, ...(act && { act: act.bytes }) };
    let isFirst = true;
    for await (const answer of transport.subscribe({ operation, variables: call.variables, proof }, call.signal)) {
      // The first delivery shows how the log goes on from the head stated, and then one a minute.
      if (isFirst || fieldOf(answer.extensions, 'view') !== undefined) await view.take(answer, head);
      isFirst = false;
      yield readAnswer(() => read(dataOf(answer, operation.rootField) as Result));
    }
  }

  /**
   * An act that is answered by a stream of lines, the first of which is its receipt. Chunks of the rest come as they are.
   * @throws the server's own errors; UnavailableError `client/network`.
   */
  async stream(path: string, call: Omit<Call<unknown>, 'variables'>): Promise<AsyncIterable<Uint8Array>> {
    const accessToken = await this.#parts.session.accessToken();
    const act = await this.#act({ ...call, variables: undefined });
    const why = call.reason && joined(call.reason);
    const proof = { accessToken, ...(act && { act: act.bytes }), ...(why && { why }) };
    const answer = await this.#parts.transport.getStream({ path, proof });
    if (isHttpFailure(answer)) throw httpError(answer);
    return linesBehindReceipt(answer, (receipt) => this.#parts.receipts.take({ receipt }, act?.actId));
  }

  /** A token for transfers beside GraphQL. */
  accessToken(): Promise<string> {
    return this.#parts.session.accessToken();
  }

  /** A question that went without an answer is asked again, as an act of its own: both are recorded if both arrived. */
  async #twice<Result, Variables, Read>(
    operation: Operation<Result, Variables>,
    call: Call<Variables>,
    way: { readonly accessToken: string; readonly read: (data: Result) => Read },
  ): Promise<Told<Read>> {
    try {
      return await this.#once(operation, call, way);
    } catch (error) {
      if (operation.kind !== 'query' || call.subject === undefined || !isUnanswered(error)) throw error;
      return this.#once(operation, call, way);
    }
  }

  async #once<Result, Variables, Read>(
    operation: Operation<Result, Variables>,
    call: Call<Variables>,
    { accessToken, read }: { readonly accessToken: string; readonly read: (data: Result) => Read },
  ): Promise<Told<Read>> {
    const act = await this.#act(call);
    const why = call.reason && joined(call.reason);
    const head = await this.#parts.view.asked();
    const peers = head.questions && { peerSizes: head.questions.map((question) => question.head.size) };
    const proof = { accessToken, head, ...peers, ...(act && { act: act.bytes }), ...(why && { why }) };
    const answer = await requestWell(this.#parts.transport, { operation, variables: call.variables, proof });
    await this.#parts.view.take(answer, head);
    const result = readAnswer(() => read(dataOf(answer, operation.rootField) as Result));
    this.#parts.receipts.take(answer.extensions, act?.actId);
    return { result, recordId: act?.actId };
  }

  async #act({ subject, reason, journal }: Call<unknown>): Promise<MadeAct | undefined> {
    if (subject === undefined) return undefined;
    return this.#parts.acts.make(subject, reason, (memory) => {
      const noted = this.#parts.view.noted(this.#parts.receipts.noted(memory));
      return journal === undefined ? noted : journal(noted);
    });
  }
}

function isStateLost(error: unknown): boolean {
  return isRogatoryError(error) && error.code === 'audit/counter-reused';
}

function joined({ opening, bytes }: GivenReason): Uint8Array {
  const both = new Uint8Array(opening.length + bytes.length);
  both.set(opening);
  both.set(bytes, opening.length);
  return both;
}
