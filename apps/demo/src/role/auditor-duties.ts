import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Client, type LogSource, type OpenRecord, serverLogSource, verifyAuditLog } from '@rogatory/client';
import { type ActId, type CaseId, toBase64 } from '@rogatory/kernel';
import {
  type AuditEventCode,
  type AuditOutcome,
  auditPurposes,
  legalBases,
  nameOf,
  type RecordFilter,
} from '@rogatory/protocol';
import { parseVerifierKey } from '@rogatory/tlog';
import type { Actor } from './actor.js';

const review = {
  purpose: auditPurposes.lawfulness,
  justification: { legalBasis: legalBases.oversight, text: 'six-monthly review of case access' },
};
const MAX_PAGES = 20;
const PAGE_RECORDS = 200;

/** What auditors do, and what every member does with the receipts of their own acts. */
export const auditorDuties = {
  /** All records that fit, oldest first. */
  async listRecords(
    { client }: Actor,
    wish: { readonly event?: AuditEventCode; readonly outcome?: AuditOutcome; readonly caseId?: CaseId },
  ) {
    await client.directory.sync();
    const found: OpenRecord[] = [];
    const filter: RecordFilter = wish;
    let beforeIndex: number | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const from = beforeIndex === undefined ? {} : { beforeIndex };
      const { records, nextBeforeIndex } = await client.audit.list(review, filter, { first: PAGE_RECORDS, ...from });
      found.push(...records);
      beforeIndex = nextBeforeIndex;
      if (beforeIndex === undefined) break;
    }
    return found.reverse().map((record) => described(client, record));
  },

  /** A record with the proof of its place in the signed tree, checked here. */
  async proveRecord({ client }: Actor, { recordId }: { readonly recordId: ActId }) {
    const { index, provenIn, isSigned } = await client.audit.get(review, recordId);
    return { index, provenIn, isSigned };
  },

  /** Copies the log's files into a folder, exactly those that a verifier reads, and tells how much there was. */
  async exportLog({ client, tell }: Actor, { out }: { readonly out: string }) {
    const { auditOrigin: origin, logKeys, promiseKey } = await client.server();
    const shard = origin.slice(origin.lastIndexOf('/') + 1);
    const { gateway } = client;
    const server = serverLogSource(gateway.transport, `audit/log/${shard}`, () => gateway.accessToken());
    const copy = new CopyingSource(server, out);
    const report = await verifyAuditLog({
      source: copy,
      origin,
      logKeys: logKeys.map(parseVerifierKey),
      nowMs: gateway.clock.nowMs(),
      onProgress: (doneBytes, totalBytes) => tell({ event: 'progress', doneBytes, totalBytes }),
    });
    const trust = { format: 'rogatory/log-trust/v1', origin, logKeys: logKeys.map((key) => ({ key })) };
    await writeFile(join(out, 'trust.json'), JSON.stringify({ ...trust, promiseKey: toBase64(promiseKey) }));
    return { files: copy.files, bytes: copy.bytes, isSound: report.isSound, size: report.size };
  },

  /** Demands the proof of every act of this device, and keeps them as files. */
  async keepReceipts({ client }: Actor, { out }: { readonly out: string }) {
    const { proven, waiting, overdue } = await client.audit.receipts();
    await mkdir(out, { recursive: true, mode: 0o700 });
    for (const { recordId, leaf, proof } of proven) {
      await writeFile(join(out, `${recordId}.leaf`), leaf);
      await writeFile(join(out, `${recordId}.tlog-proof`), proof);
    }
    return { proven: proven.length, waiting, overdue: overdue.length };
  },
};

function described(client: Client, { recordId, index, leaf, groups, isSigned }: OpenRecord) {
  const { who, what, why } = groups;
  const person = who?.personId;
  const card = person === undefined ? undefined : client.directory.cardOf(person);
  return {
    recordId,
    index: index ?? null,
    atMs: leaf.t,
    event: leaf.ev,
    outcome: leaf.out,
    reasonCode: leaf.rc,
    state: leaf.ms,
    personId: person ?? null,
    personName: card?.personName ?? null,
    caseId: what?.caseId ?? null,
    objectId: what?.objectId ?? null,
    legalBasis: why === undefined ? '' : nameOf(legalBases, why.legalBasis),
    instrument: why?.instrument ?? '',
    hasSealedReason: (why?.sealedText.length ?? 0) > 0,
    isSigned,
  };
}

/** Keeps a copy of every file that is read. */
class CopyingSource implements LogSource {
  readonly #inner: LogSource;
  readonly #folder: string;
  files = 0;
  bytes = 0;

  constructor(inner: LogSource, folder: string) {
    this.#inner = inner;
    this.#folder = folder;
  }

  async readCheckpoint(): Promise<Uint8Array | undefined> {
    return this.#keep('checkpoint', await this.#inner.readCheckpoint());
  }

  async readTile(path: string): Promise<Uint8Array | undefined> {
    return this.#keep(path, await this.#inner.readTile(path));
  }

  async #keep(path: string, bytes: Uint8Array | undefined): Promise<Uint8Array | undefined> {
    if (bytes === undefined) return undefined;
    const file = join(this.#folder, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, bytes);
    this.files++;
    this.bytes += bytes.length;
    return bytes;
  }
}
