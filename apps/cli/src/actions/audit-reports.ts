import { encodeReportFile } from '@rogatory/evidence';
import type { Client, KeptReport, Review } from '@rogatory/client';
import { type ActId, type AuthorityId, parseActId } from '@rogatory/kernel';
import { auditPurposes, legalBases, nameOf } from '@rogatory/protocol';
import type { Call } from '../run/call.js';
import { refusedError } from '../run/cli.errors.js';
import { isPresent, writeWhole } from '../run/files.js';
import { harmless } from '../run/harmless.js';
import { onceProven } from '../run/once-proven.js';
import { isoTime, type Outcome, table } from '../run/outcome.js';
import { withSession } from '../run/session.js';

const DAY_MS = 24 * 3_600_000;

/** `audit report`: makes the report that is due, signs it and hands it in; with `--out` keeps it with its proof. */
export async function makeReport(call: Call): Promise<Outcome> {
  const justification = { legalBasis: legalBases.oversight, text: call.required('text') };
  const review = { purpose: call.choice('purpose', auditPurposes), justification };
  const out = call.optional('out');
  if (out !== undefined && (await isPresent(call.path(out)))) throw refusedError('cli/exists');
  return withSession(call, async ({ client }) => {
    await client.directory.sync();
    const report = await client.audit.reports.prepare(review, { recompute: call.flag('recompute') });
    const recordId = await client.audit.reports.submit(review, report);
    const kept = { recordId, report, atMs: client.gateway.clock.nowMs() };
    const counted = new Set(report.authorities.map(({ authority }) => authority));
    const uncounted = client.audit.reviewed().filter((authority) => !counted.has(authority));
    if (out !== undefined) await keep(call.path(out), client, review, kept);
    return {
      json: { ...reportFacts(kept), uncounted, ...(out === undefined ? {} : { file: call.path(out) }) },
      lines: [
        `Reported on ${logName(report.origin)}, signed and recorded: ${recordId}`,
        ...reportLines(client, kept),
        ...uncounted.map(
          (id) => `By the word of the server this log counts nothing of ${nameOfAuthority(client, id)}.`,
        ),
      ],
    };
  });
}

/** `audit due`: whether a review is due, and the reports of the own body; with `--save` one of them with its proof. */
export async function showDue(call: Call): Promise<Outcome> {
  const review = { purpose: call.choice('purpose', auditPurposes) };
  const [saved, out] = [call.optional('save'), call.optional('out')];
  return withSession(call, async ({ client }) => {
    await client.directory.sync();
    const { reports, next } = await client.audit.reports.list(review);
    if (saved !== undefined) await saveOne(call, client, { review, reports, id: parseActId(saved), out });
    const rows = reports.map(({ recordId, report, atMs }) => [
      isoTime(atMs),
      `${logName(report.origin)} ${report.firstIndex}–`,
      String(report.findings.total),
      String(report.notes),
      recordId,
    ]);
    const nowMs = client.gateway.clock.nowMs();
    return {
      json: {
        due: next === undefined ? null : { ...next, previous: next.previous ?? null, dueAt: isoTime(next.dueMs) },
        reports: reports.map(reportFacts),
      },
      lines: [
        next === undefined ? 'There is nothing to review yet.' : dueLine(next, nowMs),
        ...(rows.length === 0 ? [] : ['', ...table(['reported', 'records', 'findings', 'notes', 'record'], rows)]),
      ],
    };
  });
}

function dueLine({ shard, dueMs, fromMs, firstIndex, isDue }: Due, nowMs: number): string {
  const days = Math.floor(Math.abs(dueMs - nowMs) / DAY_MS);
  const when = isDue
    ? `REVIEW DUE since ${isoTime(dueMs)} (${days} days)`
    : `Next review due ${isoTime(dueMs)} (in ${days} days)`;
  return `${when}: records of ${harmless(shard, 40)} from ${firstIndex} on, since ${isoTime(fromMs)}`;
}

interface Due {
  readonly shard: string;
  readonly firstIndex: number;
  readonly fromMs: number;
  readonly dueMs: number;
  readonly isDue: boolean;
}

interface Wish {
  readonly review: Review;
  readonly reports: readonly KeptReport[];
  readonly id: ActId;
  readonly out: string | undefined;
}

async function saveOne(call: Call, client: Client, { review, reports, id, out }: Wish): Promise<void> {
  const found = reports.find(({ recordId }) => recordId === id);
  if (found === undefined) throw refusedError('cli/not-found');
  const path = call.path(out ?? `${id}.review-report.json`);
  if (await isPresent(path)) throw refusedError('cli/exists');
  await keep(path, client, review, found);
}

/** Writes the report with its proof once the log, and its witnesses where there are any, vouch for it. */
async function keep(path: string, client: Client, review: Review, kept: KeptReport): Promise<void> {
  await writeWhole(path, encodeReportFile(await onceProven(() => client.audit.reports.file(review, kept))));
}

/** What follows the last slash of an origin. */
function logName(origin: string): string {
  return harmless(origin.slice(origin.lastIndexOf('/') + 1), 40);
}

function reportFacts({ recordId, report, atMs }: KeptReport) {
  const { firstIndex, fromMs, purpose, authorities, findings, notes, previous } = report;
  return {
    ...{
      recordId,
      log: logName(report.origin),
      at: isoTime(atMs),
      purpose: nameOf(auditPurposes, purpose),
      firstIndex,
      from: isoTime(fromMs),
    },
    previous: previous ?? null,
    counts: authorities.map(({ authority, acted, owned }) => ({ authority, acted: acted.count, owned: owned.count })),
    findings: {
      total: findings.total,
      computedTo: findings.computedTo,
      isRecomputed: findings.isRecomputed,
      differences: findings.differences,
    },
    notes,
  };
}

function nameOfAuthority(client: Client, id: AuthorityId): string {
  return harmless(client.directory.view.authority(id)?.record.name ?? id, 60);
}

function reportLines(client: Client, { report }: KeptReport): string[] {
  const rows = report.authorities.map(({ authority, acted, owned }) => [
    nameOfAuthority(client, authority),
    String(acted.count),
    String(owned.count),
  ]);
  const { findings, notes } = report;
  const dismissed = findings.listed.filter(({ state }) => state === 'dismissed').length;
  const against = findings.isRecomputed
    ? `recomputed over ${findings.computedTo} records, ${findings.differences} different`
    : `as the server proposes them over ${findings.computedTo} records`;
  return [
    ...table(['authority', 'records of its people', 'records about what it owns'], rows),
    `${findings.total} findings, ${dismissed} dismissed; ${against}. ${notes} notes.`,
  ];
}
