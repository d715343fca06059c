import {
  type Client,
  follow,
  openClient,
  type OpenCase,
  type OpenDocument,
  openMessage,
  rootOf,
  unlockKeyStore,
} from '@rogatory/client';
import {
  type BrowserProfile,
  chosenFileSource,
  keepProfiles,
  openBrowserProfile,
  openPrivateTarget,
  pageTransport,
  workerPartCiphers,
} from '@rogatory/client/browser';
import { fromBase64, parseCaseId, parsePersonId, systemRandom, toHex } from '@rogatory/kernel';
import { caseRoles, legalBases } from '@rogatory/protocol';

/** Those of the browser: this program is checked with the types of Node. */
declare const Worker: new (path: string, options: { readonly type: 'module' }) => never;
declare const document: {
  querySelector(selector: 'input'): { readonly files: readonly Parameters<typeof chosenFileSource>[0][] };
};

interface Person {
  readonly client: Client;
  readonly profile: BrowserProfile;
}

let person: Person | undefined;
const live: string[] = [];
const progress: number[] = [];
const stop = new AbortController();

function client(): Client {
  if (person === undefined) throw new RangeError('nobody is signed in');
  return person.client;
}

const startWorker = (path: string) => () => new Worker(path, { type: 'module' });
const open = (caseId: string): Promise<OpenCase> => client().cases.open(parseCaseId(caseId));

/** One person at one tab, driven from outside in plain values. */
export const personPage = {
  /** Puts the key store into this browser. */
  enrol: async (name: string, keyFile: string) => {
    await keepProfiles();
    const profile = openBrowserProfile(name);
    await profile.keyStorage.replace(fromBase64(keyFile));
    await profile.close();
  },
  signIn: async (name: string, passphrase: string) => {
    const profile = openBrowserProfile(name);
    const file = await profile.keyStorage.read();
    if (file === undefined) throw new RangeError('no keys here');
    const opened = await openClient({
      keys: await unlockKeyStore(file, passphrase),
      keyStorage: profile.keyStorage,
      stateStore: profile.stateStore,
      transport: pageTransport({ build: 'page/1' }),
      ciphers: workerPartCiphers(startWorker('/cipher-worker.js')),
      random: systemRandom,
    });
    person = { client: opened, profile };
    return (await opened.login()).postKind;
  },
  createCase: async (title: string) => (await client().cases.create({ title })).caseId,
  trust: (personId: string) => client().contacts.accept(parsePersonId(personId)),
  contact: (personId: string) => client().contacts.contact(parsePersonId(personId)).status.kind,
  invite: async (caseId: string, personId: string) => {
    const invited = { personId: parsePersonId(personId) };
    const terms = { role: caseRoles.contributor, history: { kind: 'all' } } as const;
    await client().invitations.invite(await open(caseId), { invited, ...terms });
  },
  accept: async () => {
    for (const offer of await client().invitations.received()) await client().invitations.accept(offer);
  },
  admit: async (caseId: string, personId: string) => {
    const of = await open(caseId);
    for (const offer of await client().invitations.ofCase(of)) {
      await client().invitations.admit(of, offer, { personId: parsePersonId(personId) });
    }
  },
  say: async (caseId: string, text: string) => {
    const of = await open(caseId);
    await client().messages.post(of, rootOf(of.caseId), { text });
  },
  texts: async (caseId: string) => {
    const of = await open(caseId);
    return client()
      .messages.list(of.root)
      .map(({ text }) => text);
  },
  /** Messages that come from now on, by subscription. */
  listen: async (caseId: string) => {
    const { root } = await open(caseId);
    const link = new Promise<void>((resolve) => {
      void (async () => {
        const following = { signal: stop.signal, onLink: (isLive: boolean) => (isLive ? resolve() : undefined) };
        for await (const event of follow(client().gateway, root, following)) {
          const message = event.kind === 'item' ? openMessage(root, event.item) : undefined;
          if (message !== undefined) live.push(message.text);
        }
      })();
    });
    await link;
  },
  live: () => live,
  /** The file that somebody chose in the page. */
  upload: async (caseId: string) => {
    const of = await open(caseId);
    const [file] = document.querySelector('input').files;
    if (file === undefined) throw new RangeError('no file was chosen');
    const draft = { onProgress: ({ doneBytes }: { readonly doneBytes: number }) => void progress.push(doneBytes) };
    const { manifest } = await client().documents.upload(of, rootOf(of.caseId), chosenFileSource(file), draft);
    return { name: manifest.name, hash: toHex(manifest.plaintextHash) };
  },
  progress: () => progress,
  interrupted: async () => (await client().documents.interrupted()).length,
  /** Digest of what lies whole in the browser afterwards. */
  download: async (caseId: string) => {
    const { root } = await open(caseId);
    const [document] = client().documents.list(root);
    if (document === undefined) throw new RangeError('no document');
    return toHex(await fetched(root, document));
  },
  concerns: async () => client().concerns.map(({ kind }) => kind),
  signOut: async () => {
    stop.abort();
    await person?.client.close();
    await person?.profile.close();
  },
};

async function fetched(compartment: OpenCase['root'], document: OpenDocument): Promise<Uint8Array> {
  const target = await openPrivateTarget(document.objectId, startWorker('/private-file-worker.js'));
  const justification = { legalBasis: legalBases.trial, text: 'for the hearing' };
  await client().documents.download(compartment, document, target, { justification });
  const content = await (await target.file()).arrayBuffer();
  return new Uint8Array(await crypto.subtle.digest('SHA-256', content));
}

export type PersonPage = typeof personPage;

Object.assign(globalThis, { person: personPage, isReady: true });
