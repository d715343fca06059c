import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Client, type OpenCase, openClient, type UnlockedKeyStore, unlockKeyStore } from '@rogatory/client';
import { fileKeyStorage, FileStateStore, nodeTransport, threadPartCiphers } from '@rogatory/client/node';
import type { CaseId } from '@rogatory/kernel';
import { PacedTransport } from './paced-transport.js';

/** One person's device in this process: its keys and state from the profile folder, its way to the server. */
export interface Actor {
  readonly client: Client;
  readonly keys: UnlockedKeyStore;
  readonly transport: PacedTransport;
  /** A case that was opened in this process. */
  readonly cases: Map<CaseId, OpenCase>;
  /** Tells the process that started this one of something that happened. */
  readonly tell: (event: RoleEvent) => void;
}

/** What a role says without being asked. */
export type RoleEvent =
  | { readonly event: 'heard'; readonly compartmentId: string; readonly position: number; readonly what: string }
  | { readonly event: 'cut'; readonly compartmentId: string; readonly code: string; readonly atMs: number }
  | { readonly event: 'progress'; readonly doneBytes: number; readonly totalBytes: number };

export interface ActorPlace {
  readonly profile: string;
  readonly server: string;
  /** File whose first line is the passphrase. */
  readonly passphraseFile: string;
}

/** @throws what unlocking throws; Error where the profile has no keys. */
export async function openActor(place: ActorPlace, tell: (event: RoleEvent) => void): Promise<Actor> {
  const keyStorage = fileKeyStorage(join(place.profile, 'device.keys'));
  const bytes = await keyStorage.read();
  if (bytes === undefined) throw new Error('the profile has no keys');
  const [passphrase = ''] = (await readFile(place.passphraseFile, 'utf8')).split('\n');
  const keys = await unlockKeyStore(bytes, passphrase);
  const stateStore = await FileStateStore.open(join(place.profile, 'state'));
  const transport = new PacedTransport(nodeTransport({ server: place.server, build: 'rogatory-demo/0.1.0' }));
  const client = await openClient({ keys, keyStorage, stateStore, transport, ciphers: threadPartCiphers });
  return { client, keys, transport, cases: new Map(), tell };
}

/** The case as this device sees it now. */
export async function caseOf(actor: Actor, caseId: CaseId): Promise<OpenCase> {
  const open = await actor.client.cases.open(caseId);
  actor.cases.set(caseId, open);
  return open;
}

/** The case as this device saw it last, without asking anybody. @throws Error when it was never opened. */
export function knownCase(actor: Actor, caseId: CaseId): OpenCase {
  const open = actor.cases.get(caseId);
  if (open === undefined) throw new Error('the case was not opened in this process');
  return open;
}
