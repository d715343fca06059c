import { encodeRecordFile } from '@rogatory/evidence';
import { auditPurposes } from '@rogatory/protocol';
import type { Call } from '../run/call.js';
import { refusedError } from '../run/cli.errors.js';
import { isPresent, writeWhole } from '../run/files.js';
import { onceProven } from '../run/once-proven.js';
import type { Outcome } from '../run/outcome.js';
import { namedRecord } from '../run/record-choice.js';
import { withSession } from '../run/session.js';

/** `audit record`: keeps one record with its proof and what the asker may open of it, verified before it gets its name. */
export async function saveRecord(call: Call): Promise<Outcome> {
  const review = { purpose: call.choice('purpose', auditPurposes) };
  return withSession(call, async ({ client }) => {
    await client.directory.sync();
    const recordId = await namedRecord(call, client, review);
    const path = call.path(call.optional('out') ?? `${recordId}.audit-record.json`);
    if (await isPresent(path)) throw refusedError('cli/exists');
    const record = await onceProven(() => client.audit.files.get(review, recordId));
    await writeWhole(path, encodeRecordFile(record));
    return {
      json: { recordId, file: path, groups: Object.keys(record.open ?? {}) },
      lines: [`Kept with its proof, for "rogatory-verify record": ${path}`],
    };
  });
}
