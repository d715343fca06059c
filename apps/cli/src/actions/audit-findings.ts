import {
  aboutOf,
  calendarFile,
  type AuthorityCalendar,
  type Finding,
  type FindingDifference,
  parseCalendarFile,
  parseFindingId,
  whyOf,
} from '@rogatory/findings';
import type { Client, ProposedFinding, RecomputedFindings, Review } from '@rogatory/client';
import { type AuthorityId, limits } from '@rogatory/kernel';
import { auditPurposes, type FindingState, type FindingVerdict, legalBases } from '@rogatory/protocol';
import type { Call } from '../run/call.js';
import { shardOf } from './audit-shard.js';
import { refusedError } from '../run/cli.errors.js';
import { readBounded, writeWhole } from '../run/files.js';
import { harmless } from '../run/harmless.js';
import { personLine } from '../run/names.js';
import { exitCodes, isoTime, type Json, type Outcome, table } from '../run/outcome.js';
import { progressBar } from '../run/progress-bar.js';
import { withSession } from '../run/session.js';
import { keyAtHand, oversightTexts, type OversightTexts } from './oversight-texts.js';

const states: Readonly<Record<FindingState, FindingState>> = { open: 'open', dismissed: 'dismissed' };

/** `audit findings`: what the server proposes, or with `--recompute` what the records show against it. */
export async function listFindings(call: Call): Promise<Outcome> {
  const review = { purpose: call.choice('purpose', auditPurposes) };
  return withSession(call, async ({ client, folder }) => {
    await client.directory.sync();
    if (call.flag('recompute')) return recompute(call, client, { review, folder });
    const rule = call.optional('rule');
    const state = call.choiceOrNone('state', states);
    const after = call.optional('after');
    const page = await client.audit.findings.list(review, {
      first: call.whole('first', { min: 1, max: 500, fallback: 50 }),
      ...shardOf(call),
      ...(rule === undefined ? {} : { rule }),
      ...(state === undefined ? {} : { state }),
      ...(after === undefined ? {} : { after: parseFindingId(after) }),
    });
    const out = call.optional('calendars');
    if (out !== undefined) await writeWhole(call.path(out), calendarFile(page.calendars));
    const last = page.findings.at(-1)?.id;
    return {
      json: { computedTo: page.computedTo, findings: page.findings.map(proposedFacts), hasMore: page.hasMore },
      lines: [
        ...page.findings.flatMap((proposed) => proposedLines(client, proposed)),
        `The server computed over ${page.computedTo} records.`,
        ...(page.hasMore && last !== undefined ? [`More: --after ${last}`] : []),
      ],
    };
  });
}

/** `audit dismiss` and `audit reopen` */
export async function judgeFinding(call: Call, verdict: FindingVerdict): Promise<Outcome> {
  const justification = { legalBasis: legalBases.oversight, text: call.required('justification') };
  const review = { purpose: call.choice('purpose', auditPurposes), justification };
  const id = parseFindingId(call.argument(0));
  return withSession(call, async ({ client }) => {
    await client.directory.sync();
    const seen = await findProposed(client, review, { id, ...shardOf(call) });
    if (seen === undefined) throw refusedError('cli/not-found');
    const recordCount = call.whole('records', { min: 1, max: 2 ** 40, fallback: seen.recordCount });
    await client.audit.findings.judge(review, verdict, { id, recordCount });
    const done = verdict === 'dismiss' ? 'dismissed' : 'open again';
    return {
      json: { findingId: id, verdict, recordCount },
      lines: [`The finding is ${done}; the reason is recorded.`],
    };
  });
}

/** The finding as the server shows it now, wherever in the list it stands. */
async function findProposed(
  client: Client,
  review: Review,
  { id, ...place }: { readonly id: string; readonly shard?: string },
): Promise<Finding | undefined> {
  for (let after: string | undefined; ; ) {
    const query = { first: limits.maxPageItems, ...place, ...(after === undefined ? {} : { after }) };
    const page = await client.audit.findings.list(review, query);
    const found = page.findings.find((proposed) => proposed.id === id);
    if (found !== undefined) return found.finding;
    after = page.findings.at(-1)?.id;
    if (!page.hasMore || after === undefined) return undefined;
  }
}

async function recompute(
  call: Call,
  client: Client,
  { review, folder }: { readonly review: Review; readonly folder: string },
): Promise<Outcome> {
  const file = call.optional('calendarFile');
  const calendars: readonly AuthorityCalendar[] =
    file === undefined ? [] : parseCalendarFile(await readBounded(call.path(file), limits.maxCalendarFileBytes));
  const opener = await reasonOpener(call, client, folder);
  const bar = await progressBar(call, 'computing', (count) => `${count} records`);
  try {
    const result = await client.audit.findings.recompute(review, {
      ...shardOf(call),
      calendars,
      ...(opener && { reasonText: opener.textOf }),
      onProgress: (done, total) => bar.update({ doneBytes: done, totalBytes: total }),
    });
    return describe(client, result);
  } finally {
    bar.stop();
    opener?.close();
  }
}

/** Opens the free texts of reasons where the oversight body's key was named; without it they stay sealed. */
async function reasonOpener(call: Call, client: Client, folder: string): Promise<OversightTexts | undefined> {
  const path = call.optional('oversightKey') === undefined ? undefined : await keyAtHand(call, folder);
  return path === undefined ? undefined : oversightTexts(call, client, path);
}

function describe(client: Client, result: RecomputedFindings): Outcome {
  const { recomputed, differences, records, forgotten, withoutCalendar, calendarOfServer } = result;
  const names = (ids: readonly AuthorityId[]) =>
    ids.map((id) => harmless(client.directory.view.authority(id)?.record.name ?? id, 80)).join(', ');
  return {
    json: {
      ...{ records, forgotten, withoutCalendar: [...withoutCalendar], calendarOfServer: [...calendarOfServer] },
      findings: recomputed.map(findingFacts),
      differences: differences.map((difference) => ({ kind: difference.kind, ...findingFacts(aboutOf(difference)) })),
    },
    lines: [
      ...recomputed.flatMap((finding) => findingLines(client, finding, finding.severity)),
      `${recomputed.length} findings over ${records} records, computed here.`,
      ...(withoutCalendar.length > 0 ? [`No working hours are known of: ${names(withoutCalendar)}`] : []),
      ...(calendarOfServer.length > 0
        ? [`Working hours by the word of the server alone: ${names(calendarOfServer)}`]
        : []),
      ...(forgotten > 0
        ? [`${forgotten} entries were forgotten for want of room: something may have been missed.`]
        : []),
      ...differenceLines(differences),
    ],
    exitCode: differences.length > 0 ? exitCodes.failed : exitCodes.done,
  };
}

const differenceWords: Readonly<Record<FindingDifference['kind'], string>> = {
  hidden: 'the server did not say it',
  invented: 'the records do not show it',
  altered: 'the server says other facts',
};

function differenceLines(differences: readonly FindingDifference[]): string[] {
  if (differences.length === 0) return ['The server proposed exactly these.'];
  const rows = differences.map((difference) => {
    const { id, rule } = aboutOf(difference);
    return [difference.kind.toUpperCase(), rule, id, differenceWords[difference.kind]];
  });
  return ['', 'DIFFERENT from what the server proposed:', ...table(['kind', 'rule', 'finding', ''], rows)];
}

function proposedLines(client: Client, { id, rule, finding, isCurrent, state, verdict }: ProposedFinding): string[] {
  const marks = [state, ...(isCurrent ? [] : ['of an earlier computation'])];
  if (finding === undefined) return [`${id}  ${harmless(rule, 40)}  ${marks.join(', ')}: erased with its records`, ''];
  const lines = findingLines(client, finding, marks.join(', '));
  if (verdict === undefined) return lines;
  const said = `    ${verdict.verdict} at ${isoTime(verdict.atMs)}, record ${verdict.recordId}`;
  return [...lines.slice(0, -1), said, ''];
}

function findingLines(client: Client, finding: Finding, mark: string): string[] {
  const { id, rule, severity, person, caseId, records, recordCount, fromMs } = finding;
  const where = records.slice(0, 5).map(({ index }) => index);
  const more = recordCount > where.length ? ` and ${recordCount - where.length} more` : '';
  return [
    `${id}  ${rule}  ${severity}  ${mark}`,
    `    ${harmless(whyOf(finding), 300)}`,
    `    ${isoTime(fromMs)}, records ${where.join(', ')}${more}`,
    ...(person === undefined ? [] : [`    ${personLine(client, person)}`]),
    ...(caseId === undefined ? [] : [`    case ${caseId.slice(0, 10)}`]),
    '',
  ];
}

function proposedFacts({ id, rule, finding, isCurrent, state, verdict }: ProposedFinding): {
  readonly [key: string]: Json;
} {
  return {
    ...(finding === undefined ? { findingId: id, rule, isErased: true } : findingFacts(finding)),
    ...{ isCurrent, state },
    ...(verdict === undefined ? {} : { verdict: { ...verdict } }),
  };
}

function findingFacts(finding: Finding): { readonly [key: string]: Json } {
  const { id, rule, severity, person, device, caseId, facts, records, recordCount, fromMs, untilMs } = finding;
  return {
    ...{ findingId: id, rule, severity, why: whyOf(finding), facts: { ...facts } },
    ...(person === undefined ? {} : { personId: person }),
    ...(device === undefined ? {} : { deviceId: device }),
    ...(caseId === undefined ? {} : { caseId }),
    ...{ records: records.map(({ index, id: recordId }) => ({ index, recordId })), recordCount },
    ...{ from: isoTime(fromMs), until: isoTime(untilMs) },
    authorities: [...finding.authorities],
  };
}
