import type { SignatureCheck } from '@rogatory/crypto/verify';
import type { SuccessionFile } from '@rogatory/evidence';
import { type Clock, type RandomBytes, systemClock, systemRandom } from '@rogatory/kernel';
import { ActChain } from './acts/act-chain.js';
import { LogView } from './acts/log-view.js';
import { Receipts } from './acts/receipts.js';
import { Audit } from './audit/audit.js';
import { AuditExports } from './audit/exports.js';
import { AuditOrders } from './audit/orders.js';
import { Anchors } from './cases/anchors.js';
import { Cases } from './cases/cases.js';
import type { CaseParts } from './cases/case-parts.js';
import { Invitations } from './cases/invitations.js';
import { Members } from './cases/members.js';
import { verificationError } from './client.errors.js';
import { Contacts } from './directory/contacts.js';
import { Directory } from './directory/directory.js';
import { WitnessPolicy } from './directory/witness-policy.js';
import { localPartCiphers, type PartCiphers } from './documents/cipher-pool.js';
import { Documents } from './documents/documents.js';
import { Tasks } from './tasks/tasks.js';
import type { KeyStoreStorage, UnlockedKeyStore } from './keys/key-store.js';
import { Prekeys } from './keys/prekeys.js';
import { Messages } from './messages/messages.js';
import { logoutOperation, whoAmIOperation } from './operations.generated.js';
import { Gateway } from './session/gateway.js';
import { type ServerDescription, ServerFacts } from './session/server-facts.js';
import { Session } from './session/session.js';
import { Alarms } from './state/alarms.js';
import type { Concern, OnConcern } from './state/concern.js';
import type { ServerPins } from './state/device-memory.js';
import { DeviceState } from './state/device-state.js';
import { SealedStore } from './state/sealed-store.js';
import type { StateStore } from './state/state-store.js';
import { asFlag, asText, asWhole } from './transport/answer.js';
import type { SignedCheckpoint, VerifierKey } from '@rogatory/tlog';
import type { Transport } from './transport/transport.js';

export interface ClientOptions {
  /** The unlocked keys of this device (`unlockKeyStore`); the client locks them when it closes. */
  readonly keys: UnlockedKeyStore;
  readonly keyStorage: KeyStoreStorage;
  /** Where heads, keys of cases and journals are kept, sealed. */
  readonly stateStore: StateStore;
  readonly transport: Transport;
  readonly clock?: Clock;
  readonly random?: RandomBytes;
  /** IANA name of the zone that the person works in; by default the runtime's. */
  readonly zone?: string;
  /** Names and keys of the server, where they are known before the first contact. */
  readonly pins?: ServerPins;
  /** Witnesses of the directory (C2SP tlog-policy), where none are pinned yet; later ones by `trustWitnesses`. */
  readonly witnessPolicy?: Uint8Array;
  /** How files are sealed; `@rogatory/client/node` has one with threads. */
  readonly ciphers?: PartCiphers;
  /** Threads for the signatures of long histories; none by default. */
  readonly signatureCheck?: SignatureCheck;
  /** Told of what somebody should look at; also collected in `concerns`. */
  readonly onConcern?: OnConcern;
}

/** What a client saved, opened. */
interface OpenedState {
  readonly store: SealedStore;
  readonly state: DeviceState;
  readonly witnesses: WitnessPolicy;
}

/** Who this device is, as the server knows it and the directory certifies it. */
export interface OwnIdentity {
  readonly deviceId: string;
  readonly personId: string;
  readonly postId: string;
  readonly authorityId: string;
  readonly state: string;
  readonly postKind: string;
  readonly sessionEndsAtMs: number;
  /** When the next review report of an auditor's body is due; undefined for others, and while there is nothing to review. */
  readonly reviewDueMs: number | undefined;
}

/**
 * One device at one server. Everything that a server answers is verified before it is used; what may not be trusted is not
 * returned. All errors are `RogatoryError`s; none of them carries content.
 */
export class Client {
  readonly directory: Directory;
  readonly contacts: Contacts;
  readonly cases: Cases;
  readonly invitations: Invitations;
  readonly members: Members;
  readonly messages: Messages;
  readonly documents: Documents;
  readonly tasks: Tasks;
  readonly audit: Audit;
  readonly auditExports: AuditExports;
  /** What two auditors of one oversight body order together. */
  readonly auditOrders: AuditOrders;
  readonly prekeys: Prekeys;
  /** What somebody should look at, since the client was opened. */
  readonly concerns: Concern[] = [];
  /** The same over restarts, until somebody takes note. */
  readonly alarms: Alarms;
  /** What the epochs of the audit log say of compartments. */
  readonly anchors: Anchors;
  readonly gateway: Gateway;
  readonly #session: Session;
  readonly #server: ServerFacts;
  readonly #receipts: Receipts;
  readonly #view: LogView;
  readonly #keys: UnlockedKeyStore;
  readonly #witnesses: WitnessPolicy;

  /** Use `openClient`. */
  constructor(options: ClientOptions, opened: OpenedState) {
    const { keys, transport, keyStorage, clock = systemClock, random = systemRandom } = options;
    const { store, state, witnesses } = opened;
    this.#witnesses = witnesses;
    const { deviceId, signing } = keys;
    const { federationRootHash } = keys.content;
    const alarms = new Alarms({ state, clock, onConcern: this.#listener(options.onConcern) });
    this.alarms = alarms;
    const zone = options.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    this.#keys = keys;
    this.#session = new Session({ transport, store, deviceId, signing, federationRootHash, clock });
    this.#view = new LogView({
      ...{ state, store, clock, raise: (concern: Concern) => alarms.raise(concern) },
      follow: () => this.#server.follow(),
    });
    const view = this.#view;
    this.#receipts = new Receipts({ state, clock, onConcern: alarms.tell, onHead: (head) => view.note(head) });
    const acts = new ActChain({ deviceId, signing, state, clock, random, zone });
    const told = { receipts: this.#receipts, view };
    const gateway = new Gateway({ transport, session: this.#session, acts, ...told, clock, random });
    this.gateway = gateway;
    const pins = options.pins === undefined ? {} : { pins: options.pins };
    const raise = (concern: Concern) => alarms.raise(concern);
    const following = { witnesses, raise, onFollowed: (head: SignedCheckpoint) => view.followed(head) };
    this.#server = new ServerFacts({ transport, state, federationRootHash, clock, ...following, ...pins });
    this.directory = new Directory({
      gateway,
      state,
      store,
      alarms,
      server: this.#server,
      witnesses,
      federationRootHash,
    });
    this.contacts = new Contacts(this.directory, state, () => clock.nowMs());
    const { directory } = this;
    const check = options.signatureCheck && { signatureCheck: options.signatureCheck };
    const anchors = new Anchors({ gateway, deviceState: state, store, server: this.#server, witnesses });
    this.anchors = anchors;
    const caseParts: CaseParts = { gateway, deviceState: state, directory, keys, alarms, anchors, ...check };
    this.cases = new Cases(caseParts);
    this.invitations = new Invitations(caseParts);
    this.members = new Members(caseParts);
    this.messages = new Messages(this.cases, random);
    const ciphers = options.ciphers ?? localPartCiphers;
    this.documents = new Documents({ cases: this.cases, caseParts, store, ciphers });
    this.tasks = new Tasks({ cases: this.cases, caseParts });
    this.audit = new Audit({
      gateway,
      receipts: this.#receipts,
      view: this.#view,
      directory,
      server: this.#server,
      keys,
    });
    this.auditExports = new AuditExports({ gateway, directory, server: this.#server, keys });
    this.auditOrders = new AuditOrders({ gateway, directory, server: this.#server, keys, audit: this.audit });
    this.prekeys = new Prekeys(gateway, keys, keyStorage);
  }

  /** The server's names and keys, compared with the pins. */
  server(): Promise<ServerDescription> {
    return this.#server.pinned();
  }

  /**
   * Origin and keys of the audit log of this name, as this device knows them; of the one that takes records where it is left out.
   * @throws RefusedError `client/unknown-log`, `client/not-found` before the server was asked.
   */
  logTrust(shard?: string): Promise<{ readonly origin: string; readonly logKeys: readonly VerifierKey[] }> {
    return this.#server.trustFrom(shard);
  }

  /** As `ServerFacts.successionFile`: of the log of this name, which ended. */
  successionFile(shard: string): Promise<SuccessionFile> {
    return this.#server.successionFile(shard);
  }

  /**
   * Pins witnesses of the directory in the place of those that are pinned; taken from the oversight bodies, never from the
   * server. @throws CodecError `tlog/policy`; UsageError `client/input` for a policy without a quorum.
   */
  trustWitnesses(policy: Uint8Array): Promise<void> {
    return this.#witnesses.pin(policy);
  }

  /**
   * Proves this device to the server, reads the directory, makes sure that it certifies these very keys, and publishes a
   * new prekey when one is due.
   * @throws VerificationError `client/own-device` when the directory names other keys for this device.
   */
  async login(): Promise<OwnIdentity> {
    await this.#server.pinned();
    await this.#session.login();
    await this.directory.sync();
    this.#requireOwnKeys();
    await this.prekeys.renewWhenDue();
    return this.whoAmI();
  }

  whoAmI(): Promise<OwnIdentity> {
    return this.gateway.call(whoAmIOperation, { variables: {} }, ({ whoAmI }) => {
      const isOurs = whoAmI.deviceId === this.#keys.deviceId && whoAmI.personId === this.#keys.personId;
      if (!isOurs) throw verificationError('client/answer');
      return {
        deviceId: asText(whoAmI.deviceId),
        personId: asText(whoAmI.personId),
        postId: asText(whoAmI.postId),
        authorityId: asText(whoAmI.authorityId),
        state: asText(whoAmI.state),
        postKind: asText(whoAmI.postKind),
        sessionEndsAtMs: asWhole(whoAmI.sessionEndsAtMs),
        reviewDueMs: whoAmI.reviewDueMs === null ? undefined : asWhole(whoAmI.reviewDueMs),
      };
    });
  }

  /** Ends the session at the server and forgets its tokens. */
  async logout(): Promise<void> {
    try {
      // The end of a session is no act that a device signs: its record is the server's own, under an id of its own.
      await this.gateway.call(logoutOperation, { variables: {} }, (data) => asFlag(data.logout));
    } finally {
      await this.#session.forget();
    }
  }

  /** Saves what is not saved, closes connections, and wipes keys as far as the runtime lets it. */
  async close(): Promise<void> {
    try {
      await this.#receipts.flush();
      await this.#view.flush();
      await this.alarms.flush();
    } finally {
      await this.gateway.transport.close();
      this.#keys.lock();
    }
  }

  #requireOwnKeys(): void {
    const device = this.directory.view.device(this.#keys.deviceId);
    const { publicKey } = this.#keys.signing;
    const isOurs = device !== undefined && device.personId === this.#keys.personId;
    if (!isOurs || !device.certificate.signingKey.every((byte, i) => byte === publicKey[i])) {
      throw verificationError('client/own-device');
    }
  }

  #listener(onConcern: OnConcern | undefined): OnConcern {
    return (concern) => {
      this.concerns.push(concern);
      onConcern?.(concern);
    };
  }
}

/**
 * Opens a client on a device's keys and saved state. Nothing is asked of the server yet.
 * @throws VerificationError `crypto/open` when the saved state is not this device's; UnavailableError `client/storage`; what
 * `trustWitnesses` throws.
 */
export async function openClient(options: ClientOptions): Promise<Client> {
  const { keys, stateStore, random = systemRandom } = options;
  const { deviceId, content } = keys;
  const store = new SealedStore({ store: stateStore, deviceId, key: content.localStateKey, random });
  const state = await DeviceState.open(store, deviceId);
  const witnesses = await WitnessPolicy.open(store, options.witnessPolicy);
  return new Client(options, { store, state, witnesses });
}
