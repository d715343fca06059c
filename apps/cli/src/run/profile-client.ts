import { type Client, openClient, type OnConcern, type UnlockedKeyStore } from '@rogatory/client';
import { FileStateStore, nodeTransport, threadPartCiphers, threadSignatureCheck } from '@rogatory/client/node';
import { keyStoreStorage, readWitnessPolicy } from './profile.js';

export interface ProfileClient {
  readonly keys: UnlockedKeyStore;
  readonly folder: string;
  readonly stateFolder: string;
  readonly server: string;
  readonly build: string;
  readonly onConcern: OnConcern;
}

/** The SDK on the files of a profile. @throws UsageError `client/input` for a server address that is not safe. */
export async function openProfileClient(parts: ProfileClient): Promise<Client> {
  const { keys, folder, server, build, onConcern } = parts;
  const stateStore = await FileStateStore.open(parts.stateFolder);
  const transport = nodeTransport({ server, build });
  const keyStorage = keyStoreStorage(folder);
  const threads = { ciphers: threadPartCiphers, signatureCheck: threadSignatureCheck() };
  const witnessPolicy = await readWitnessPolicy(folder);
  const witnesses = witnessPolicy === undefined ? {} : { witnessPolicy };
  return openClient({ keys, keyStorage, stateStore, transport, ...threads, ...witnesses, onConcern });
}
