import {
  type AuditReport,
  type AuditVerification,
  type ClaimVerdict,
  type Client,
  type LogSource,
  serverLogSource,
  verifyAuditLog,
} from '@rogatory/client';
import { systemClock } from '@rogatory/kernel';
import { openCheckpoint, parseVerifierKey, type SignedCheckpoint } from '@rogatory/tlog';
import { LogCopy } from './log-copy.js';

const A_MINUTE_MS = 60_000;

/** The audit log as an auditor's client is served it, verified from its files alone. */
export class AuditView {
  readonly trust: Pick<AuditVerification, 'origin' | 'logKeys' | 'promiseKey'>;
  readonly served: LogSource;

  private constructor(trust: AuditView['trust'], served: LogSource) {
    this.trust = trust;
    this.served = served;
  }

  static async of(auditor: Client): Promise<AuditView> {
    const { auditOrigin: origin, logKeys, promiseKey } = await auditor.server();
    const path = `audit/log/${origin.slice(origin.lastIndexOf('/') + 1)}`;
    const served = serverLogSource(auditor.gateway.transport, path, () => auditor.gateway.accessToken());
    return new AuditView({ origin, logKeys: logKeys.map(parseVerifierKey), promiseKey }, served);
  }

  readonly open = (checkpoint: Uint8Array): SignedCheckpoint => openCheckpoint(checkpoint, this.trust);
  readonly sizeOf = (checkpoint: Uint8Array): number => this.open(checkpoint).size;

  copy(): Promise<LogCopy> {
    return LogCopy.of(this.served, this.sizeOf);
  }

  /** A minute later: every promise is due. */
  verified(source: LogSource, more: Partial<AuditVerification> = {}): Promise<AuditReport> {
    return verifyAuditLog({ source, ...this.trust, nowMs: systemClock.nowMs() + A_MINUTE_MS, ...more });
  }

  /** The first claim that fails. @throws when none does. */
  async failure(source: LogSource, more: Partial<AuditVerification> = {}): Promise<ClaimVerdict> {
    const { isSound, claims } = await this.verified(source, more);
    const [first] = claims.filter(({ outcome }) => outcome === 'fails');
    if (first === undefined || isSound) throw new Error('nothing was found wrong');
    return first;
  }
}
