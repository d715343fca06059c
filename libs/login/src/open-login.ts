import { join } from 'node:path';
import { type Clock, limits, type RandomBytes } from '@rogatory/kernel';
import type { ActRunner, AuditRecorder } from '@rogatory/audit';
import { loadOrCreateSecret } from '@rogatory/platform-files';
import type { DirectoryReader, Touched } from '@rogatory/directory';
import type { Bus } from '@rogatory/platform-bus';
import type { Database } from '@rogatory/platform-database';
import { AccessTokens } from './application/access-tokens.js';
import { Challenges } from './application/challenges.js';
import { CutOffHub } from './application/cut-off-hub.js';
import { EndSessions } from './application/end-sessions.js';
import { Login } from './application/login.js';
import { LoginBounds } from './application/login-bounds.js';
import { LoginLedger, loginPrincipal } from './application/login-ledger.js';
import { Logout } from './application/logout.js';
import { RefreshSession } from './application/refresh-session.js';
import { RefreshTokens } from './application/refresh-tokens.js';
import { RequestChallenge } from './application/request-challenge.js';
import { SessionGate } from './application/session-gate.js';
import { SessionTokenMaker } from './application/session-token-maker.js';
import { Standing } from './application/standing.js';
import { WhoAmI } from './application/who-am-i.js';
import { SqlSessionStore } from './storage/sql-session.store.js';

export interface LoginOptions {
  readonly database: Database;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly acts: ActRunner;
  readonly recorder: AuditRecorder;
  readonly directory: DirectoryReader;
  /** Holds the keys that tokens and challenges are made with; the same on every server of one service. */
  readonly secretsFolder: string;
  /** Hash of the federation's first root file. */
  readonly federationHash: Uint8Array;
  /** Origins by which users name this server; the first one issues the tokens. */
  readonly audiences: readonly [string, ...string[]];
  readonly onFault: (error: unknown) => void;
}

/** The login part of a server. */
export interface LoginPart {
  readonly requestChallenge: RequestChallenge;
  readonly login: Login;
  readonly refreshSession: RefreshSession;
  readonly logout: Logout;
  readonly whoAmI: WhoAmI;
  readonly gate: SessionGate;
  readonly hub: CutOffHub;
  /** Ends, records and cuts the sessions of devices that are no longer live. */
  endLapsed(touched: readonly Touched[]): Promise<void>;
  /** Records failures that were only counted, and removes what is over. */
  tidy(): Promise<void>;
  /** Starts to follow other servers, and to tidy. */
  start(): void;
  stop(): Promise<void>;
}

/** @throws InternalError `files/secret` when a key file cannot be used. */
export async function openLogin(options: LoginOptions): Promise<LoginPart> {
  const { database, bus, clock, random, acts, recorder, directory, secretsFolder, onFault } = options;
  const sessions = new SqlSessionStore();
  const standing = new Standing(directory, clock);
  const hub = new CutOffHub({ bus, standing, onFault });
  const [issuer] = options.audiences;
  const seed = await loadOrCreateSecret(join(secretsFolder, 'access-token.seed'), random);
  const access = await AccessTokens.open({ seed, issuer, clock });
  const key = await loadOrCreateSecret(join(secretsFolder, 'login.key'), random);
  const bounds = new LoginBounds(clock);
  const challenges = new Challenges(key, clock, random);
  const tokens = new SessionTokenMaker(access, new RefreshTokens(key, random));
  const ledger = new LoginLedger({ database, recorder, acts, bounds, clock, random });
  const endSessions = new EndSessions({ database, sessions, ledger, hub, clock });
  const shared = { database, standing, sessions, tokens, ledger, endSessions, clock };
  const { federationHash, audiences } = options;
  const gate = new SessionGate({ database, tokens: access, sessions, standing, clock }, hub);
  const endLapsed = (touched: readonly Touched[]) =>
    endLapsedSessions({ touched, standing, directory, endSessions, clock });
  return {
    requestChallenge: new RequestChallenge({ challenges, bounds }),
    login: new Login({ ...shared, directory, challenges, random, federationHash, audiences }),
    refreshSession: new RefreshSession({ ...shared, recorder }),
    logout: new Logout({ acts, sessions, hub, clock }),
    whoAmI: new WhoAmI({ acts, sessions }),
    ...{ gate, hub, endLapsed },
    ...lifecycle({ ...options, ledger, sessions, hub, endLapsed }),
  };
}

interface Lapse {
  readonly touched: readonly Touched[];
  readonly standing: Standing;
  readonly directory: Pick<DirectoryReader, 'current'>;
  readonly endSessions: EndSessions;
  readonly clock: Clock;
}

async function endLapsedSessions({ touched, standing, directory, endSessions, clock }: Lapse): Promise<void> {
  const devices = touched.flatMap((one) => (one.kind === 'device' ? [one.deviceId] : standing.devicesOf(one)));
  const view = directory.current();
  const lapsed = devices.filter((id) => !view.isDeviceLive(id, clock.nowMs()));
  await endSessions.ofDevices(lapsed, 'not-live');
}

interface Lifecycle extends LoginOptions {
  readonly ledger: LoginLedger;
  readonly sessions: SqlSessionStore;
  readonly hub: CutOffHub;
  readonly endLapsed: (touched: readonly Touched[]) => Promise<void>;
}

/** Between two removals of what is over; nothing waits for it. */
const CLEAN_MS = 600_000;

function lifecycle(parts: Lifecycle): Pick<LoginPart, 'tidy' | 'start' | 'stop'> {
  const { database, directory, ledger, sessions, hub, endLapsed, clock, onFault } = parts;
  const running = new Set<Promise<void>>();
  const run = (work: Promise<void>): void => {
    const settled = work.catch(onFault).finally(() => running.delete(settled));
    running.add(settled);
  };
  // Channels are cut at once; that the sessions are ended in the database as well may take a moment longer.
  const unfollow = directory.onAdvance((touched) => {
    for (const cut of touched) hub.cutHere(cut);
    run(endLapsed(touched));
  });
  const timers: ReturnType<typeof setInterval>[] = [];
  const clean = () =>
    database.writeUnaudited(loginPrincipal, (writer) => sessions.clean(writer, clock.nowMs()), {
      reason: 'job/cleanup',
    });
  return {
    tidy: async () => {
      await ledger.flush();
      await clean();
    },
    start: () => {
      if (timers.length > 0) return;
      hub.start();
      timers.push(setInterval(() => run(ledger.flush()), limits.loginFloodRecordMs));
      timers.push(setInterval(() => run(clean()), CLEAN_MS));
    },
    stop: async () => {
      unfollow();
      hub.stop();
      for (const timer of timers.splice(0)) clearInterval(timer);
      await Promise.all(running);
      await ledger.flush();
    },
  };
}
