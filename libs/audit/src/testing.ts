import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ActId,
  type AuthorityId,
  type Clock,
  type DeviceId,
  idBytes,
  newActId,
  type PersonId,
  type PostId,
  type RandomBytes,
  toHex,
} from '@rogatory/kernel';
import { actHash, actPayloadHash, hash, whyCommitment } from '@rogatory/crypto/verify';
import { SigningKey } from '@rogatory/crypto/sign';
import {
  type AuditEventCode,
  auditActorKinds,
  auditEvents,
  type AuditSource,
  type AuditWho,
  contexts,
  encodeAct,
  encodeSignedAct,
  encodeWhy,
  legalBases,
  signaturePurposes,
} from '@rogatory/protocol';
import type { Database, DevicePrincipal } from '@rogatory/platform-database';
import type { ReceivedAct } from './application/verify-act.js';
import { type ActExpectation, verifyAct } from './application/verify-act.js';
import { type AuditLog, type AuditLogOptions, openAuditLog } from './audit-log.js';
import type { VerifiedAct } from './domain/audit-entry.js';
import type { LogSigner } from './application/log/log-signer.js';
import { openFolderSigner } from './folder-signer.js';

/** A clock that a test moves. */
export class TestingClock implements Clock {
  #ms: number;

  constructor(startMs = Date.UTC(2026, 10, 23, 12)) {
    this.#ms = startMs;
  }

  nowMs(): number {
    return this.#ms;
  }

  monotonicMs(): number {
    return this.#ms;
  }

  advance(ms: number): void {
    this.#ms += ms;
  }
}

/** Random bytes that follow from a seed and nothing else. */
export function testingRandom(seed: number): RandomBytes {
  let count = 0;
  return (length) => {
    const out = new Uint8Array(length);
    for (let at = 0; at < length; at += 32) {
      const block = hash(contexts.fingerprint, new TextEncoder().encode(`testing ${seed} ${count++}`));
      out.set(block.subarray(0, Math.min(32, length - at)), at);
    }
    return out;
  };
}

export * from './testing/recorded.js';
export * from './testing/tampering.js';
export { anonymousContext, testingContext } from './testing/testing-context.js';

export const testingSource: AuditSource = { address: '127.0.0.1', client: 'test/1', requestId: 'r1' };

/** What a test's act is about, besides its operation. */
export type TestingActFacts = Partial<Omit<ActExpectation, 'device' | 'operation' | 'nowMs'>> &
  Pick<ReceivedAct, 'why'>;

/** What of a testing device is given; the rest is drawn from its seed. */
export interface TestingIdentity {
  readonly id?: DeviceId;
  readonly key?: SigningKey;
  readonly person?: PersonId;
  readonly post?: PostId;
  readonly authority?: AuthorityId;
  readonly state?: string;
}

/** A device that signs acts, as a client does. */
export class TestingDevice {
  readonly id: DeviceId;
  readonly key: SigningKey;
  readonly who: AuditWho;
  readonly principal: DevicePrincipal;
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  #counter = 0;
  #previousHash: Uint8Array = new Uint8Array(32);

  constructor(seed: number, clock: Clock, facts: TestingIdentity = {}) {
    this.#clock = clock;
    this.#random = testingRandom(seed);
    this.key = facts.key ?? SigningKey.generate(this.#random);
    this.id = facts.id ?? this.#id<DeviceId>();
    const [person, post] = [facts.person ?? this.#id<PersonId>(), facts.post ?? this.#id<PostId>()];
    const authority = facts.authority ?? this.#id<AuthorityId>();
    this.principal = { kind: 'device', device: this.id, person, post, authority };
    this.who = {
      ...{ kind: auditActorKinds.device, deviceId: this.id, personId: person, postId: post, authorityId: authority },
      state: facts.state ?? 'FR',
      caseRole: 0,
    };
  }

  /** The next statement of this device, with a reason where the operation demands one. */
  sign(operation: AuditEventCode, facts: TestingActFacts = {}): ReceivedAct & { readonly actId: ActId } {
    const { caseId, compartmentId, objectId, version = 0, payload = [] } = facts;
    const why = auditEvents[operation].needsWhy ? (facts.why ?? this.#why()) : undefined;
    const actId = newActId(this.#clock, this.#random);
    const signedBytes = encodeAct({
      ...{ actId, deviceId: this.id, counter: ++this.#counter, previousHash: this.#previousHash, operation, version },
      caseId: caseId === undefined ? new Uint8Array(32) : idBytes(caseId),
      compartmentId: compartmentId === undefined ? new Uint8Array(32) : idBytes(compartmentId),
      objectId: objectId === undefined ? new Uint8Array(16) : idBytes(objectId),
      payloadHash: actPayloadHash(payload),
      whyCommit: why === undefined ? new Uint8Array(32) : whyCommitment(why.opening, why.bytes),
      time: { timeMs: this.#clock.nowMs(), offsetMinutes: 60 },
      zone: 'Europe/Paris',
      auditHead: { size: 0, root: new Uint8Array(32) },
    });
    this.#previousHash = actHash(signedBytes);
    const signature = this.key.sign(signaturePurposes.auditAct, signedBytes);
    return { actId, signedAct: encodeSignedAct({ signedBytes, signature }), ...(why === undefined ? {} : { why }) };
  }

  /** A signed and verified act, ready to be recorded. */
  act(operation: AuditEventCode, facts: TestingActFacts = {}): VerifiedAct {
    return verifyAct(this.sign(operation, facts), {
      ...facts,
      device: { id: this.id, signingKey: this.key.publicKey },
      operation,
      payload: facts.payload ?? [],
      nowMs: this.#clock.nowMs(),
    });
  }

  /** As a device whose state was copied and set back: the next act carries a counter that was used. */
  setBack(): void {
    this.#counter -= 1;
  }

  #why(): NonNullable<ReceivedAct['why']> {
    const none = new Uint8Array(0);
    const why = { legalBasis: legalBases.jointInvestigationTeam, instrument: 'JIT/2026/7' };
    const bytes = encodeWhy({ ...why, kemCiphertext: none, sealedText: none });
    return { bytes, opening: this.#random(32) };
  }

  #id<Id extends string>(): Id {
    return toHex(this.#random(16)) as Id;
  }
}

export interface TestingAudit {
  readonly audit: AuditLog;
  readonly signer: LogSigner;
  readonly origin: string;
  /** Keys and signer state; gone after `close`. */
  readonly folder: string;
  readonly faults: readonly unknown[];
  close(): Promise<void>;
}

/** The audit part over a test's database, with its keys in a folder of its own; the worker runs by `worker.tick()`. */
export async function openTestingAudit(
  database: Database,
  clock: Clock,
  random: RandomBytes,
  cases: Pick<AuditLogOptions, 'owners' | 'compartments'> = {},
): Promise<TestingAudit> {
  const folder = await mkdtemp(join(tmpdir(), 'rogatory-audit-'));
  const origin = 'test.rogatory.invalid/audit/log/2026h2';
  const signer = await openFolderSigner({ folder: join(folder, 'signer'), origins: [origin], random });
  const faults: unknown[] = [];
  const onFault = (error: unknown) => faults.push(error);
  const places = { secretsFolder: join(folder, 'secrets'), origin };
  const options = { database, clock, random, signer, onFault, ...places, ...cases };
  const audit = await openAuditLog(options);
  const close = async () => {
    await audit.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { audit, signer, origin, folder, faults, close };
}
