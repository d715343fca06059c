import {
  type ActId,
  type AuthorityId,
  type DeviceId,
  fromHex,
  idFromBytes,
  type RandomBytes,
  toBase64Url,
} from '@rogatory/kernel';
import type { CompartmentId, ObjectId, PersonId, PostId } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import { actHash, commitGroup } from '@rogatory/crypto/verify';
import {
  auditActorKinds,
  type AuditEventCode,
  auditEvents,
  auditObjectKinds,
  type AuditOutcome,
  type AuditWhat,
  type AuditWho,
  encodeAct,
  encodeAuditLeaf,
  encodeAuditSource,
  encodeAuditWhat,
  encodeAuditWho,
  encodeSignedAct,
  encodeWhy,
  legalBases,
  signaturePurposes,
} from '@rogatory/protocol';
import type { GroupOpening, GroupOpenings } from '../export/export-file.js';
import type { DeviceKeys } from '../records/device-check.js';

/** A record with everything that opens it. */
export interface TestRecord {
  readonly id: ActId;
  readonly leaf: Uint8Array;
  readonly open: GroupOpenings;
}

interface TestDevice {
  readonly who: AuditWho;
  readonly key: SigningKey;
  counter: number;
  lastHash: Uint8Array;
}

export interface TestAct {
  readonly ev?: AuditEventCode;
  readonly what?: Partial<AuditWhat>;
  /** Which of the devices acts. */
  readonly device?: number;
  /** Of what the act submits; zeros where nothing is checked against it. */
  readonly payloadHash?: Uint8Array;
}

interface SignedFacts {
  readonly id: ActId;
  readonly ev: AuditEventCode;
  readonly why: GroupOpening | undefined;
  readonly payloadHash: Uint8Array | undefined;
}

/** Devices of two authorities that act, and the records that an honest server makes of it. Seeded by the random given. */
export class TestRecords {
  readonly #random: RandomBytes;
  readonly #devices: readonly TestDevice[];
  readonly authorities: readonly AuthorityId[];
  readonly compartment: CompartmentId;
  #timeMs = Date.UTC(2026, 10, 23, 9);

  constructor(random: RandomBytes) {
    this.#random = random;
    this.authorities = [0, 1].map(() => idFromBytes<AuthorityId>(random(16)));
    this.compartment = idFromBytes<CompartmentId>(random(32));
    this.#devices = [0, 1, 1].map((authority, i) => this.#device(authority, i === 0 ? 'FR' : 'DE'));
  }

  get keys(): DeviceKeys {
    return {
      signingKey: (id) => this.#devices.find(({ who }) => who.deviceId === id)?.key.publicKey,
    };
  }

  device(number: number): DeviceId | undefined {
    return this.#devices[number]?.who.deviceId;
  }

  /** Lets the clock of the server run. */
  pass(ms: number): void {
    this.#timeMs += ms;
  }

  act({ ev = 'msg.send', what = {}, device = 0, payloadHash }: TestAct = {}): TestRecord {
    const actor = this.#devices[device];
    if (actor === undefined) throw new RangeError('no such device');
    const id = this.#id();
    const groups: { [name: string]: GroupOpening } = {
      who: this.#opening(encodeAuditWho(actor.who)),
      what: this.#opening(encodeAuditWhat(this.#what(what))),
      src: this.#opening(encodeAuditSource({ address: '192.0.2.7', client: 'test/1', requestId: 'r-1' })),
    };
    if (auditEvents[ev].needsWhy) groups['why'] = this.#opening(this.#why());
    groups['act'] = this.#opening(this.#signed(actor, { id, ev, why: groups['why'], payloadHash }));
    return this.#record(id, ev, { state: actor.who.state, out: 'allowed', groups });
  }

  /** A record of the server itself. */
  system(ev: AuditEventCode, what: Partial<AuditWhat> = {}): TestRecord {
    const groups = { what: this.#opening(encodeAuditWhat(this.#what(what))) };
    return this.#record(this.#id(), ev, { state: 'EU', out: 'allowed', groups });
  }

  #record(
    id: ActId,
    ev: AuditEventCode,
    { state, out, groups }: { state: string; out: AuditOutcome; groups: { readonly [name: string]: GroupOpening } },
  ): TestRecord {
    this.#timeMs += 7;
    const com = Object.fromEntries(
      Object.entries(groups).map(([label, given]) => [label, toBase64Url(commitGroup({ label, ...given }))]),
    );
    const cls = auditEvents[ev].class;
    const leaf = encodeAuditLeaf({ v: 1, id, t: this.#timeMs, cls, ev, out, rc: 'ok', ms: state, com });
    return { id, leaf, open: groups };
  }

  #signed(actor: TestDevice, { id, ev, why, payloadHash }: SignedFacts): Uint8Array {
    const zero = new Uint8Array(32);
    const signedBytes = encodeAct({
      actId: id,
      deviceId: actor.who.deviceId as DeviceId,
      counter: ++actor.counter,
      previousHash: actor.lastHash,
      operation: ev,
      caseId: zero,
      compartmentId: fromHex(this.compartment),
      objectId: new Uint8Array(16),
      version: 0,
      payloadHash: payloadHash ?? zero,
      whyCommit: why === undefined ? zero : commitGroup({ label: 'why', ...why }),
      time: { timeMs: this.#timeMs, offsetMinutes: 60 },
      zone: 'Europe/Paris',
      auditHead: { size: 0, root: zero },
    });
    actor.lastHash = actHash(signedBytes);
    return encodeSignedAct({ signedBytes, signature: actor.key.sign(signaturePurposes.auditAct, signedBytes) });
  }

  #what(more: Partial<AuditWhat>): AuditWhat {
    const none = { objectKind: auditObjectKinds.none, version: 0, bytes: 0, count: 0, recipients: [], detail: '' };
    return { ...none, compartmentId: this.compartment, ...more };
  }

  #why(): Uint8Array {
    const empty = new Uint8Array(0);
    return encodeWhy({ legalBasis: legalBases.trial, instrument: 'EIO 7', kemCiphertext: empty, sealedText: empty });
  }

  #opening(bytes: Uint8Array): GroupOpening {
    return { opening: this.#random(32), bytes };
  }

  #id(): ActId {
    return idFromBytes<ActId>(this.#random(16));
  }

  #device(authority: number, state: string): TestDevice {
    const who: AuditWho = {
      kind: auditActorKinds.device,
      deviceId: idFromBytes<DeviceId>(this.#random(16)),
      personId: idFromBytes<PersonId>(this.#random(16)),
      postId: idFromBytes<PostId>(this.#random(16)),
      authorityId: this.authorities[authority] ?? idFromBytes<AuthorityId>(this.#random(16)),
      state,
      sessionHash: this.#random(32),
      caseRole: 0,
    };
    return { who, key: SigningKey.generate(this.#random), counter: 0, lastHash: new Uint8Array(32) };
  }
}

/** A document as the object of a record. */
export function documentOf(random: RandomBytes): Partial<AuditWhat> {
  return { objectKind: auditObjectKinds.file, objectId: idFromBytes<ObjectId>(random(16)), version: 1, count: 1 };
}
