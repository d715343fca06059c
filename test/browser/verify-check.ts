import { verifyExport } from '@rogatory/evidence';
import { joined, TestLog, TestRecords } from '@rogatory/evidence/testing';
import { fromBase64, toBase64 } from '@rogatory/kernel';
import { seededRandom } from '@rogatory/pki/testing';
import { parsePolicy, parseVerifierKey } from '@rogatory/tlog';

/** An export as a page gets it: what somebody was handed, and whose words count. */
export interface HandedExport {
  readonly file: string;
  readonly origin: string;
  readonly logKey: string;
  readonly policy: string;
}

/** What a page says of it. */
export interface BrowserVerdict {
  readonly isSound: boolean;
  readonly size: number;
  readonly claims: Readonly<Record<string, string>>;
  /** Claim and place of the first fault once a line was removed. */
  readonly edited: string;
}

/** The verifier's own code, in this page, on an export that was made elsewhere. */
export async function verifyInPage({ file, origin, logKey, policy }: HandedExport): Promise<BrowserVerdict> {
  const bytes = fromBase64(file);
  const trust = {
    origin,
    logKeys: [parseVerifierKey(logKey)],
    policy: parsePolicy(new TextEncoder().encode(policy)),
    nowMs: Date.UTC(2026, 10, 24),
  };
  const report = await verifyExport({ ...trust, chunks: [bytes] });
  const lines = new TextDecoder().decode(bytes).split('\n');
  const edited = new TextEncoder().encode(lines.filter((_, i) => i !== 8).join('\n'));
  const wrong = (await verifyExport({ ...trust, chunks: [edited] })).claims.find(({ outcome }) => outcome === 'fails');
  const claims = Object.fromEntries(report.claims.map(({ claim, outcome }) => [claim, outcome]));
  return { isSound: report.isSound, size: report.size, claims, edited: `${wrong?.claim} ${wrong?.firstBadIndex}` };
}

/** A log of 300 records and its whole export. */
export async function makeExport(): Promise<{ readonly log: TestLog; readonly file: string }> {
  const random = seededRandom(11);
  const records = new TestRecords(random);
  const log = await new TestLog(random).append(Array.from({ length: 300 }, (_, i) => records.act({ device: i % 3 })));
  return { log, file: toBase64(joined(await log.exportLines({ scope: records.authorities }))) };
}
