import { type AuthorityId, type Clock, type PersonId, type RandomBytes, parseAuthorityId } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import { newDevice } from '@rogatory/client';
import { type KeyStoreContent } from '@rogatory/e2ee';
import { makeCard } from '@rogatory/pki';
import { authorityKinds, type AuthorityRecord, type PostKind, postKinds } from '@rogatory/protocol';
import { assemblePaper } from '../ceremony/assembly.js';
import { extendBundle, type VerifiedBundle } from '../ceremony/bundle.js';
import {
  authorityPaper,
  devicePaper,
  fullPeriod,
  newId,
  newPersonPaper,
  rootPaper,
  signedTime,
} from '../ceremony/drafts.js';
import { type KeyFile, type KeyKind, newKeyFile, type PassphraseLock, unlockWithLock } from '../ceremony/key-file.js';
import { type Paper, signPaper, type SignerRole } from '../ceremony/paper.js';
import { type DemoBody, type DemoPerson, type DemoState, demoStates } from './demo-people.js';

export { type PassphraseLock, unlockWithLock };
export { writeBrowserDevices } from './browser-devices.js';

const ROOT_HOLDERS = 3;
const THRESHOLD = 2;
const INSTRUMENTS = ['EIO', 'JIT', 'MLA'];
const BROWSER_POSTS: readonly PostKind[] = [postKinds.prosecutor, postKinds.judge, postKinds.liaisonOfficer];
const NO_AUTHORITY = parseAuthorityId('0'.repeat(32));

/** One person's device, with the keys that go with the post. */
export interface DemoDevice {
  readonly person: DemoPerson;
  readonly content: KeyStoreContent;
  /** A registrar's signing key, an auditor's key for justifications. */
  readonly postKey: KeyFile | undefined;
}

export interface DemoFederation {
  readonly directory: VerifiedBundle;
  readonly rootKeys: readonly KeyFile[];
  readonly devices: readonly DemoDevice[];
  /** Further devices of those who work on cases: a device is in one place, and these are for browsers. */
  readonly browserDevices: readonly DemoDevice[];
}

export interface DemoParts {
  readonly lock: PassphraseLock;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** How many devices for browsers each person gets who works on cases; none where left out. */
  readonly browserDevicesEach?: number;
}

/**
 * A fictitious federation, by the steps of `rogatory federation` and `rogatory enrol` one after the other: root, oversight
 * bodies and authorities, then every person by the two registrars of their authority.
 */
export function makeDemoFederation(parts: DemoParts): DemoFederation {
  const ceremony = new Ceremony(parts);
  const devices = demoStates.flatMap((state) => ceremony.admitState(state));
  const each = parts.browserDevicesEach ?? 0;
  const browserDevices = devices.flatMap((device) => ceremony.furtherDevices(device, each));
  return { directory: ceremony.directory, rootKeys: ceremony.rootKeys, devices, browserDevices };
}

/** The holders of all keys in one place: what a demonstration may do and a federation must not. */
class Ceremony {
  readonly #parts: DemoParts;
  readonly rootKeys: readonly KeyFile[];
  readonly #bodies = new Map<AuthorityId, AdmittedBody>();
  #directory: VerifiedBundle;

  constructor(parts: DemoParts) {
    this.#parts = parts;
    this.rootKeys = Array.from({ length: ROOT_HOLDERS }, (_, i) => this.#key('root', `Root holder ${i + 1}`));
    const keys = this.rootKeys.map(({ publicKey }) => publicKey);
    const draft = rootPaper({ keys, threshold: THRESHOLD, time: this.#time() });
    const entries = assemblePaper(this.#signed(draft, 'root', this.rootKeys), undefined);
    this.#directory = extendBundle(undefined, { entries, cards: [] }, parts.clock.nowMs());
  }

  get directory(): VerifiedBundle {
    return this.#directory;
  }

  admitState(state: DemoState): DemoDevice[] {
    const oversightKey = this.#key('oversight', state.oversight.name);
    const shared = { state: state.code, territory: state.name, languages: [state.language] };
    const body = this.#admit(state.oversight, {
      ...shared,
      kind: authorityKinds.oversightBody,
      instruments: [],
      isCentralAuthority: false,
      oversightAuthorityId: NO_AUTHORITY,
      oversightKemKey: oversightKey.publicKey,
    });
    const authority = this.#admit(state.authority, {
      ...shared,
      kind: authorityKinds.prosecutionOffice,
      instruments: INSTRUMENTS,
      isCentralAuthority: true,
      oversightAuthorityId: body.authorityId,
      oversightKemKey: oversightKey.publicKey,
    });
    return [
      ...this.#enrolAll(state.oversight, body, oversightKey),
      ...this.#enrolAll(state.authority, authority, undefined),
    ];
  }

  #admit(
    { name }: DemoBody,
    facts: Omit<
      AuthorityRecord,
      | 'suite'
      | 'authorityId'
      | 'serial'
      | 'name'
      | 'isDemo'
      | 'isSuspended'
      | 'registrarThreshold'
      | 'registrarKeys'
      | 'time'
    >,
  ): AdmittedBody {
    const registrars = [1, 2].map((number) => this.#key('registrar', `Registrar ${number}, ${name}`.slice(0, 100)));
    const authorityId = newId<AuthorityId>(this.#parts.random);
    const paper = authorityPaper({
      ...facts,
      authorityId,
      serial: 1,
      name,
      isDemo: true,
      isSuspended: false,
      registrarThreshold: THRESHOLD,
      registrarKeys: registrars.map(({ publicKey }) => publicKey),
      time: this.#time(),
    });
    this.#bring(this.#signed(paper, 'root', this.rootKeys));
    const body = { authorityId, registrars };
    this.#bodies.set(authorityId, body);
    return body;
  }

  /** Certified in the same ceremony as the first one, so that a first contact covers them. */
  furtherDevices({ person, content }: DemoDevice, count: number): DemoDevice[] {
    const registrars = this.#bodies.get(content.authorityId)?.registrars ?? [];
    if (!BROWSER_POSTS.includes(person.postKind)) return [];
    return Array.from({ length: count }, () => {
      const { personId, authorityId } = content;
      const made = newDevice({ ...this.#deviceWish(), personId, authorityId });
      const own = SigningKey.fromSeed(content.signingSeed);
      const consented = signPaper(devicePaper(made.request), 'device', own);
      own.wipe();
      this.#bring(this.#signed(consented, 'registrar', registrars));
      return { person, content: made.content, postKey: undefined };
    });
  }

  #enrolAll({ people }: DemoBody, body: AdmittedBody, oversightKey: KeyFile | undefined): DemoDevice[] {
    return people.map((person, place) => {
      const ownKey = body.registrars[place] ?? oversightKey;
      return { person, content: this.#enrol(person, body), postKey: ownKey };
    });
  }

  #enrol(person: DemoPerson, { authorityId, registrars }: AdmittedBody): KeyStoreContent {
    const { random } = this.#parts;
    const common = this.#deviceWish();
    const cardBytes = makeCard({ personName: person.personName, postName: person.postName }, random);
    const { content, request } = newDevice({ ...common, personId: newId<PersonId>(random), authorityId, cardBytes });
    const { notBeforeMs, notAfterMs, time } = common;
    const wish = { requestBytes: request, postKind: person.postKind, notBeforeMs, notAfterMs, time, random };
    this.#bring(this.#signed(newPersonPaper(wish), 'registrar', registrars));
    return content;
  }

  #deviceWish() {
    const { random, clock } = this.#parts;
    const federationRootHash = this.#directory.state.pinnedRootHash;
    return { federationRootHash, ...fullPeriod(clock.nowMs()), time: this.#time(), random };
  }

  #signed(paper: Paper, role: SignerRole, holders: readonly KeyFile[]): Paper {
    return holders.slice(0, THRESHOLD).reduce((signed, file) => {
      const key: SigningKey = unlockWithLock(file, this.#parts.lock);
      const next = signPaper(signed, role, key);
      key.wipe();
      return next;
    }, paper);
  }

  #bring(paper: Paper): void {
    const entries = assemblePaper(paper, this.#directory.state.view);
    const cards = paper.card === undefined ? [] : [paper.card];
    this.#directory = extendBundle(this.#directory, { entries, cards }, this.#parts.clock.nowMs());
  }

  #key(kind: KeyKind, label: string): KeyFile {
    return newKeyFile({ kind, label: label.slice(0, 100) }, this.#parts.lock, this.#parts.random);
  }

  #time() {
    return signedTime(this.#parts.clock.nowMs());
  }
}

interface AdmittedBody {
  readonly authorityId: AuthorityId;
  readonly registrars: readonly KeyFile[];
}
