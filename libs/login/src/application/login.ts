import { type Clock, type DeviceId, equalBytes, limits, type RandomBytes, toHex } from '@rogatory/kernel';
import type { RequestContext } from '@rogatory/access';
import { SigningKey } from '@rogatory/crypto/sign';
import { isSignature } from '@rogatory/crypto/verify';
import type { DirectoryReader } from '@rogatory/directory';
import {
  decodeSignedLoginStatement,
  type LoginStatement,
  signaturePurposes,
  type SignedLoginStatement,
} from '@rogatory/protocol';
import type { Database, Writer } from '@rogatory/platform-database';
import { loginRefused, otherServer, wrongClock } from '../domain/login.errors.js';
import type { SessionTokens } from '../domain/session.js';
import type { Challenges } from './challenges.js';
import type { EndSessions } from './end-sessions.js';
import { type LoginLedger, loginPrincipal } from './login-ledger.js';
import type { SessionStore } from './session.store.js';
import type { SessionTokenMaker } from './session-token-maker.js';
import type { Standing } from './standing.js';

export interface LoginParts {
  readonly database: Pick<Database, 'write'>;
  readonly directory: Pick<DirectoryReader, 'current'>;
  readonly standing: Standing;
  readonly sessions: SessionStore;
  readonly challenges: Challenges;
  readonly tokens: SessionTokenMaker;
  readonly ledger: LoginLedger;
  readonly endSessions: EndSessions;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Hash of the federation's first root file. */
  readonly federationHash: Uint8Array;
  /** Origins by which users name this server. */
  readonly audiences: readonly string[];
}

interface ProvenLogin {
  readonly statement: LoginStatement;
  readonly challengeExpiresAtMs: number;
}

/** A device that proves its key gets a session. One answer for all that cannot, and one record for each attempt. */
export class Login {
  readonly #parts: LoginParts;
  /** Nobody's key: what unknown devices are checked against, so that they cost what known ones cost. */
  readonly #nobody: Uint8Array;

  constructor(parts: LoginParts) {
    this.#parts = parts;
    this.#nobody = SigningKey.generate(parts.random).publicKey;
  }

  /**
   * @throws RefusedError `login/refused`, `login/clock`, `login/other-server`, `login/too-many-attempts`; CodecError;
   * UnavailableError. All refusals are recorded or counted before they are thrown.
   */
  async run(ctx: RequestContext, statementBytes: Uint8Array): Promise<SessionTokens> {
    let deviceId: DeviceId | undefined;
    try {
      const signed = decodeSignedLoginStatement(statementBytes);
      deviceId = signed.statement.deviceId;
      const proven = this.#prove(signed);
      return await this.#parts.database.write(loginPrincipal, (writer) => this.#open(writer, ctx, proven));
    } catch (error) {
      throw await this.#parts.ledger.failed(ctx, error, deviceId);
    }
  }

  /** SPEC: login 2.3 — in this order: what the caller named, challenge, signature; only then anything of the device. */
  #prove(signed: SignedLoginStatement): ProvenLogin {
    const { directory, challenges, clock, federationHash, audiences } = this.#parts;
    const { statement, signedBytes: message, signature } = signed;
    const isForUs = equalBytes(statement.federationHash, federationHash) && audiences.includes(statement.audience);
    if (!isForUs) throw otherServer();
    const nowMs = clock.nowMs();
    if (Math.abs(statement.time.timeMs - nowMs) > limits.maxClockSkewMs) throw wrongClock(nowMs);
    const challengeExpiresAtMs = challenges.verify(statement.challenge, statement.deviceId);
    const device = directory.current().device(statement.deviceId);
    const publicKey = device?.certificate.signingKey ?? this.#nobody;
    const holds = isSignature({ purpose: signaturePurposes.login, publicKey, message, signature });
    if (device === undefined) throw loginRefused('unknown-device');
    if (!holds) throw loginRefused('signature');
    return { statement, challengeExpiresAtMs };
  }

  async #open(writer: Writer, ctx: RequestContext, { statement, challengeExpiresAtMs }: ProvenLogin) {
    const { sessions, standing, tokens, ledger, endSessions, clock, random } = this.#parts;
    const { deviceId, challenge } = statement;
    const [sessionId, nowMs] = [toHex(random(16)), clock.nowMs()];
    if (!(await sessions.useChallenge(writer, challenge, challengeExpiresAtMs))) throw loginRefused('challenge-used');
    const principal = standing.principalOf(deviceId, sessionId);
    if (principal === undefined) throw loginRefused('not-live');
    const open = await sessions.lockOf(writer, deviceId, nowMs);
    const surplus = open.slice(limits.maxSessionsPerDevice - 1).map((session) => session.sessionId);
    await endSessions.within(writer, surplus, 'too-many');
    const [id, refresh] = [ledger.freshId(), tokens.firstRefresh()];
    const session = { sessionId, deviceId, createdAtMs: nowMs, endsAtMs: nowMs + limits.refreshTokenMs };
    await sessions.add(writer, { ...session, actId: id, refreshHash: refresh.hash });
    await ledger.succeeded(writer, ctx, { id, event: 'auth.login', principal });
    return tokens.tokensOf(session, refresh);
  }
}
