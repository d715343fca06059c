import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@rogatory/kernel';
import type { Principal, RequestContext } from '@rogatory/access';
import { type AnchoredCompartments, type AuditLog, type CaseOwners, openFolderSigner } from '@rogatory/audit';
import {
  openTestingAudit,
  type TestingActFacts,
  testingContext,
  TestingDevice,
  testingRandom,
} from '@rogatory/audit/testing';
import { FederationWorld, type WorldDevice } from '@rogatory/pki/testing';
import type { Bus } from '@rogatory/platform-bus';
import type { Database } from '@rogatory/platform-database';
import { type ActSubject, encodeDirectoryBundle } from '@rogatory/protocol';
import { type Directory, openDirectory } from './open-directory.js';

export interface TestingDirectory {
  readonly directory: Directory;
  readonly audit: AuditLog;
  /** Another process on the same database, replayed from it. */
  reopen(admitsDemo?: boolean): Promise<Directory>;
  close(): Promise<void>;
}

export interface TestingDirectoryOptions {
  readonly database: Database;
  readonly world: FederationWorld;
  readonly bus: Bus;
  /** As the demo profile does; a world makes authorities of a demonstration unless told otherwise. */
  readonly admitsDemo?: boolean;
  /** Whose the cases are that refused requests name; left out where there are none. */
  readonly owners?: CaseOwners;
  readonly compartments?: AnchoredCompartments;
}

/** The time of a federation world as a clock; both of its hands move with the world alone. */
export function clockOf(world: FederationWorld): Clock {
  return { nowMs: () => world.nowMs, monotonicMs: () => world.nowMs };
}

/** Audit and directory over a test's database, running, with the world's entries imported and signed. */
export async function openTestingDirectory(options: TestingDirectoryOptions): Promise<TestingDirectory> {
  const { database, world, bus } = options;
  const [clock, random] = [clockOf(world), testingRandom(99)];
  const { owners, compartments } = options;
  const testing = await openTestingAudit(database, clock, random, {
    ...(owners && { owners }),
    ...(compartments && { compartments }),
  });
  const { audit } = testing;
  const folder = await mkdtemp(join(tmpdir(), 'rogatory-directory-'));
  const origin = 'test.rogatory.invalid/directory/log';
  const signer = await openFolderSigner({ folder, origins: [origin], random });
  const faults: unknown[] = [];
  const open = (admitsDemo = options.admitsDemo ?? true) =>
    openDirectory({
      ...{ database, bus, clock, random, acts: audit.acts, recorder: audit.recorder, signer, origin },
      pinnedRootHash: world.pinnedRootHash,
      admitsDemo,
      onFault: (error) => faults.push(error),
    });
  const directory = await open();
  await directory.importBundle.run(encodeDirectoryBundle({ entries: world.entries, cards: [] }));
  await directory.worker.tick();
  directory.start();
  return {
    ...{ directory, audit, reopen: open },
    close: async () => {
      await directory.stop();
      await testing.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A device of a world that acts: signs its statements, and has the context of its requests. */
export class ActingDevice {
  readonly device: TestingDevice;
  readonly principal: Principal;

  constructor(world: FederationWorld, { id, person, signing }: WorldDevice) {
    const { authority, postId: post } = person;
    const clock = clockOf(world);
    const state = authority.record.state;
    const identity = { id, key: signing, person: person.id, post, authority: authority.id, state };
    this.device = new TestingDevice(Number.parseInt(id.slice(0, 8), 16), clock, identity);
    const certificate = world.view.person(person.id)?.certificate;
    if (certificate === undefined) throw new RangeError('the person is in the directory');
    const { postKind, roleCeiling } = certificate;
    const session = { sessionId: 'testing session', signingKey: signing.publicKey };
    this.principal = {
      ...{ deviceId: id, personId: person.id, postId: post, authorityId: authority.id, state, postKind, roleCeiling },
      ...session,
    };
  }

  /** The context of a request with a signed statement about its subject. */
  asks(subject: ActSubject): RequestContext {
    const { event, ...facts } = subject;
    return testingContext(this.device, this.device.sign(event, facts satisfies TestingActFacts), this.principal);
  }

  /** The context of a request that carries no statement. */
  get context(): RequestContext {
    return testingContext(this.device, undefined, this.principal);
  }
}
