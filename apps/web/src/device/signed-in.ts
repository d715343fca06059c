import { type Client, openClient, type OwnIdentity, unlockKeyStore } from '@rogatory/client';
import { type BrowserProfile, keepProfiles, openBrowserProfile, pageTransport } from '@rogatory/client/browser';
import { fromBase64, parseAuthorityId, parsePersonId, systemRandom, utf8 } from '@rogatory/kernel';
import { takeDemoDevice } from './demo-people.js';

/** It protects nothing: the command line prints it at every start of the demonstration. */
const DEMO_PASSPHRASE = 'rogatory demo';
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|\[::1\]|localhost)$/;

/** A device of this browser that proved itself, and whom it is of. */
export interface SignedIn {
  readonly client: Client;
  readonly identity: OwnIdentity;
  readonly personName: string;
  readonly postName: string;
  /** As the verified directory says, not as the server does. */
  readonly isDemo: boolean;
  signOut(): Promise<void>;
}

/**
 * Signs a person of the demonstration in: with the device that this browser has of them, else with a new one that is taken
 * from the server. @throws what opening and logging in throw; nothing stays open then.
 */
export async function signInDemo(person: string, build: string): Promise<SignedIn> {
  const profile = openBrowserProfile(`demo-${person}`);
  try {
    return await signInWith(profile, person, build);
  } catch (error) {
    await profile.close();
    throw error;
  }
}

async function signInWith(profile: BrowserProfile, person: string, build: string): Promise<SignedIn> {
  const kept = await profile.keyStorage.read();
  const taken = kept === undefined ? await takeDemoDevice(person) : undefined;
  const file = kept ?? fromBase64(taken?.keyStore ?? '');
  if (taken !== undefined) {
    await keepProfiles();
    await profile.keyStorage.replace(file);
  }
  const policy = taken === undefined || taken.witnessPolicy === '' ? undefined : utf8(taken.witnessPolicy);
  const { keyStorage, stateStore } = profile;
  const client = await openClient({
    keys: await unlockKeyStore(file, DEMO_PASSPHRASE),
    ...{ keyStorage, stateStore, transport: pageTransport({ build }), random: systemRandom },
    ...(policy === undefined ? {} : { witnessPolicy: policy }),
  });
  try {
    const identity = await client.login();
    const card = client.directory.cardOf(parsePersonId(identity.personId));
    const isDemo = client.directory.view.authority(parseAuthorityId(identity.authorityId))?.record.isDemo === true;
    // Fictitious people at a real address would be an invitation to put real matter under keys that others know.
    if (!isDemo || !LOOPBACK.test(location.hostname)) throw new RangeError('not the demonstration of this machine');
    const signOut = async (): Promise<void> => {
      await client.logout().catch(() => undefined);
      await client.close();
      await profile.close();
    };
    return { client, identity, personName: card?.personName ?? '', postName: card?.postName ?? '', isDemo, signOut };
  } catch (error) {
    await client.close();
    throw error;
  }
}
