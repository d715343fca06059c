import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RequestContext } from '@rogatory/access';
import { anonymousContext, testingRandom } from '@rogatory/audit/testing';
import { clockOf, openTestingDirectory, type TestingDirectory } from '@rogatory/directory/testing';
import type { FederationWorld, WorldDevice } from '@rogatory/pki/testing';
import { type Bus, LocalBus } from '@rogatory/platform-bus';
import type { Database } from '@rogatory/platform-database';
import {
  encodeLoginStatement,
  encodeSignedLoginStatement,
  type LoginStatement,
  signaturePurposes,
} from '@rogatory/protocol';
import type { SessionTokens } from './domain/session.js';
import { type LoginPart, openLogin } from './open-login.js';

export const testingAudience = 'http://127.0.0.1:4000';

/** Audit, directory and login over a test's database. */
export interface TestingLogin extends TestingDirectory {
  readonly part: LoginPart;
  readonly bus: Bus;
  /** What listeners and timers failed with. */
  readonly faults: readonly unknown[];
  /** A second server with the same keys, on the same database and bus. */
  second(): Promise<LoginPart>;
  login(device: WorldDevice, ctx?: RequestContext): Promise<SessionTokens>;
}

export interface TestingLoginOptions {
  readonly database: Database;
  readonly world: FederationWorld;
}

export async function openTestingLogin({ database, world }: TestingLoginOptions): Promise<TestingLogin> {
  const faults: unknown[] = [];
  const onFault = (error: unknown) => faults.push(error);
  const bus = new LocalBus(onFault);
  const base = await openTestingDirectory({ database, world, bus });
  const secretsFolder = await mkdtemp(join(tmpdir(), 'rogatory-login-'));
  const { audit, directory } = base;
  const open = (seed: number) =>
    openLogin({
      ...{
        database,
        bus,
        clock: clockOf(world),
        random: testingRandom(seed),
        acts: audit.acts,
        recorder: audit.recorder,
      },
      ...{ directory: directory.reader, secretsFolder, federationHash: world.pinnedRootHash },
      ...{ audiences: [testingAudience, 'http://localhost:4000'], onFault },
    });
  const part = await open(101);
  part.start();
  return {
    ...base,
    ...{ part, bus, faults, second: () => open(102) },
    login: (device, ctx = anonymousContext()) => {
      const { challenge } = part.requestChallenge.run(ctx, device.id);
      return part.login.run(ctx, signLogin(world, device, { challenge }));
    },
    close: async () => {
      await part.stop();
      await base.close();
      await bus.close();
      await rm(secretsFolder, { recursive: true, force: true });
    },
  };
}

/** A login statement as an honest device makes it, but for what is given. */
export function signLogin(
  world: FederationWorld,
  device: WorldDevice,
  changes: Partial<LoginStatement> & Pick<LoginStatement, 'challenge'>,
): Uint8Array {
  const honest = {
    federationHash: world.pinnedRootHash,
    audience: testingAudience,
    deviceId: device.id,
    time: world.time,
  };
  const signedBytes = encodeLoginStatement({ ...honest, ...changes });
  return encodeSignedLoginStatement({
    signedBytes,
    signature: device.signing.sign(signaturePurposes.login, signedBytes),
  });
}
