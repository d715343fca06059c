import { isRogatoryError } from '@rogatory/kernel';
import type { UnlockedKeyStore } from '@rogatory/client';
import type { Json, JsonObject } from '../../rig/evil-proxy.js';
import { openable, sentBoxes } from '../../rig/knowledge.js';
import type { Canaries } from '../canaries.js';
import type { Mutation } from './mutations.js';
import { type Departure, ReplayTransport } from './replay-transport.js';
import { replay, type Take } from './studio.js';
import { judge, type Verdict } from './verdict.js';

const HANG_MS = 10_000;

/** What came of one lie. */
export interface Outcome {
  readonly mutation: Mutation;
  readonly verdict: Verdict;
  /** Plaintext, keys, or key boxes for strangers in what the client sent; empty in every good case. */
  readonly escapes: readonly string[];
  readonly departures: number;
}

export interface LyingParts {
  readonly canaries: Canaries;
  /** Keys of somebody who is a member of nothing. */
  readonly stranger: UnlockedKeyStore;
  /** Devices that an honest member may seal to. */
  readonly verified: ReadonlySet<string>;
}

function lieOf({ index, make }: Mutation) {
  return { index, exchange: make() };
}

/** Plays a session again with one lie in it. */
export async function lieAt(take: Take, mutation: Mutation, parts: LyingParts): Promise<Outcome> {
  const transport = new ReplayTransport(take.origin, take.exchanges, lieOf(mutation));
  const verdict = await settle(take, replay(take, transport));
  await transport.close();
  const escapes = transport.departures.flatMap((departure) => escapesOf(departure, parts));
  return { mutation, verdict, escapes, departures: transport.departures.length };
}

/**
 * Plays a session under a lie and, on what the device then has, once more without it.
 * @returns what the person sees in the end: a lie must not stay in the device's memory either.
 */
export async function afterLie(take: Take, mutation: Mutation): Promise<Verdict> {
  const store = take.store.copy();
  const lying = new ReplayTransport(take.origin, take.exchanges, lieOf(mutation));
  await settle(take, replay(take, lying, store));
  await lying.close();
  const honest = new ReplayTransport(take.origin, take.exchanges);
  return settle(take, replay(take, honest, store));
}

async function settle(take: Take, playing: Promise<Json>): Promise<Verdict> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hang = new Promise<'hang'>((resolve) => {
    timer = setTimeout(() => resolve('hang'), HANG_MS);
  });
  try {
    const seen = await Promise.race([playing, hang]);
    return seen === 'hang' ? { kind: 'broken', why: 'does not end' } : judge(seen, take.seen, take.known);
  } catch (error) {
    if (isRogatoryError(error)) return { kind: 'refused', code: error.code };
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const where = error instanceof Error ? (/\(?([^()\s]+libs\/[^()\s]+)\)?/.exec(error.stack ?? '')?.[1] ?? '') : '';
    return { kind: 'broken', why: `untyped error: ${text} ${where.replace(/^.*libs\//, 'libs/')}` };
  } finally {
    clearTimeout(timer);
  }
}

function escapesOf({ operation, sent }: Departure, { canaries, stranger, verified }: LyingParts): string[] {
  const escaped = canaries
    .search(operation, Buffer.from(sent))
    .map(({ marker, encoding }) => `${marker} as ${encoding}`);
  if (operation !== 'AppendLinks' && operation !== 'CreateCase') return escaped;
  const { variables } = JSON.parse(sent) as { variables: JsonObject };
  const boxes = sentBoxes([{ operation, variables, act: undefined }]);
  const foreign = boxes.filter(({ box }) => !verified.has(box.deviceId)).map(({ box }) => `a box for ${box.deviceId}`);
  const stolen = openable(boxes, stranger);
  return [...escaped, ...foreign, ...(stolen > 0 ? [`${stolen} boxes that a stranger opens`] : [])];
}
