import { type Client, type LogSource, serverLogSource, verifyAuditLog } from '@rogatory/client';
import { utf8, VerificationError } from '@rogatory/kernel';
import { parseVerifierKey } from '@rogatory/tlog';

/** The files of an audit log and receipts for it, as an auditor took them along, and their verification without a server. */
export class LogFiles {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly #verify: (files: ReadonlyMap<string, Uint8Array>) => Promise<string>;

  private constructor(
    files: ReadonlyMap<string, Uint8Array>,
    verify: (files: ReadonlyMap<string, Uint8Array>) => Promise<string>,
  ) {
    this.files = files;
    this.#verify = verify;
  }

  static async take(auditor: Client, member: Client): Promise<LogFiles> {
    const { auditOrigin: origin, logKeys, promiseKey } = await auditor.server();
    const prefix = `audit/log/${origin.slice(origin.lastIndexOf('/') + 1)}`;
    const served = serverLogSource(auditor.gateway.transport, prefix, () => auditor.gateway.accessToken());
    const { proven } = await member.audit.receipts();
    const files = new Map<string, Uint8Array>();
    const noted = (path: string, bytes: Uint8Array | undefined): Uint8Array | undefined => {
      if (bytes !== undefined) files.set(path, bytes);
      return bytes;
    };
    const copying: LogSource = {
      readCheckpoint: async () => noted('checkpoint', await served.readCheckpoint()),
      readTile: async (path) => noted(path, await served.readTile(path)),
    };
    const trust = { origin, logKeys: logKeys.map(parseVerifierKey), promiseKey };
    const nowMs = Date.now();
    const whole = await verifyAuditLog({ source: copying, ...trust, nowMs });
    if (!whole.isSound || proven.length === 0) throw new Error('the log or its receipts are not sound to begin with');
    for (const [n, { leaf, proof }] of proven.slice(0, 2).entries()) {
      files.set(`receipt ${n} leaf`, leaf);
      files.set(`receipt ${n} proof`, utf8(proof));
    }
    return new LogFiles(files, async (now) => {
      const source: LogSource = {
        readCheckpoint: async () => now.get('checkpoint'),
        readTile: async (path) => now.get(path),
      };
      const receipts = [0, 1].flatMap((n) => {
        const [leaf, proof] = [now.get(`receipt ${n} leaf`), now.get(`receipt ${n} proof`)];
        return leaf === undefined || proof === undefined ? [] : [{ leaf, proof }];
      });
      const report = await verifyAuditLog({ source, ...trust, receipts, nowMs });
      const fault = report.claims.find(({ outcome }) => outcome === 'fails');
      if (fault !== undefined) throw new VerificationError('e14/log', `${fault.claim} ${fault.code ?? ''}`);
      return JSON.stringify([report.size, report.root, [...report.events]]);
    });
  }

  /** What the log says when it is sound. @throws VerificationError when it is not. */
  read(place?: string, bytes?: Uint8Array): Promise<string> {
    const now = new Map(this.files);
    if (place !== undefined && bytes !== undefined) now.set(place, bytes);
    return this.#verify(now);
  }
}
