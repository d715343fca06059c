import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { bytesSource, type Client, type OpenCase, operations } from '@rogatory/client';
import { type CompartmentId, fromBase64, isRogatoryError, type ObjectId } from '@rogatory/kernel';
import { actSubjects } from '@rogatory/protocol';
import { Seeded } from '../experiments/seeded.js';
import type { Ledger } from './ledger.js';

/** Resolves when a server answers again. */
export type Up = () => Promise<void>;

export interface LoadParts {
  readonly ledger: Ledger;
  readonly up: Up;
  readonly stop: AbortSignal;
}

interface Place {
  readonly client: Client;
  readonly open: OpenCase;
  readonly compartmentId: CompartmentId;
}

const passing = new Set(['client/contended', 'client/interrupted', 'client/network']);

/** Whether work may simply be tried again: the server was away, or others were faster. */
function isPassing(error: unknown): boolean {
  return isRogatoryError(error) && (error.family === 'unavailable' || passing.has(error.code));
}

const MAX_TRIES = 32;

/** Tries again while connections from the life before are found dead one by one. */
export async function untilAnswered<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || tries === MAX_TRIES) throw error;
    }
  }
}

/** Posts one message after the other. Only what was answered counts as acknowledged. */
export async function write(place: Place, name: string, { ledger, up, stop }: LoadParts): Promise<void> {
  for (let n = 0; !stop.aborted; n++) {
    const text = `${name} ${n}`;
    ledger.attempted(text);
    try {
      await place.client.messages.post(place.open, place.compartmentId, { text });
      ledger.posted(text);
    } catch (error) {
      if (!isPassing(error)) throw error;
      await up();
    }
  }
}

/**
 * Watches the raw events of a compartment behind a cursor, as the socket gives them, and takes up from the cursor whenever
 * it breaks.
 */
export async function watch({ client, open, compartmentId }: Place, { ledger, up, stop }: LoadParts): Promise<void> {
  const watched = ledger.watching(open.compartment(compartmentId).replica.size);
  while (!stop.aborted) {
    const subject = actSubjects.subscribe(compartmentId);
    const call = { variables: { compartmentId, after: watched.cursor }, subject, signal: stop };
    try {
      const events = client.gateway.listen(
        operations.compartmentEventsOperation,
        call,
        (data) => data.compartmentEvents,
      );
      for await (const { position, bytes } of events) watched.take(position, sha256(fromBase64(bytes)));
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
    if (stop.aborted) return;
    watched.resumed();
    await up();
  }
}

const FILE_BYTES = 18 * 1024 * 1024; // three parts, so that a kill finds some stored and some not
const READ_PAUSE_MS = 60; // a source that is no faster than a slow disk keeps an upload under way

/** Uploads one file after the other; one that broke off is taken up again by the same call. */
export async function upload(place: Place, { ledger, up, stop }: LoadParts): Promise<void> {
  for (let n = 0; !stop.aborted; n++) {
    const name = `extract ${n}`;
    const bytes = contentOf(n);
    const source = bytesSource(name, bytes);
    const slow = {
      ...source,
      read: async (offset: number, into: Uint8Array) => {
        await pause(READ_PAUSE_MS);
        return source.read(offset, into);
      },
    };
    for (let objectId: ObjectId | undefined; objectId === undefined && !stop.aborted; ) {
      try {
        ({ objectId } = await place.client.documents.upload(place.open, place.compartmentId, slow));
        ledger.stored({ objectId, name, sha256: sha256(bytes) });
      } catch (error) {
        if (!isPassing(error)) throw error;
        if ((await place.client.documents.interrupted()).length > 0) ledger.uploadInterrupted();
        await up();
      }
    }
  }
}

function contentOf(n: number): Uint8Array {
  const bytes = new Uint8Array(FILE_BYTES);
  const block = new Seeded(n).bytes(64 * 1024);
  for (let at = 0; at < bytes.length; at += block.length) {
    bytes.set(block.subarray(0, Math.min(block.length, bytes.length - at)), at);
    block[0] = (at >> 16) & 0xff;
  }
  return bytes;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
