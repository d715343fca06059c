import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { Stage } from '../stage.js';
import { check, StepFailed } from '../transcript.js';

const purpose = ['--purpose', 'lawfulness'];
const profileFile = z.object({ authorityId: z.string() });
const completeList = z.object({
  records: z.array(z.unknown()),
  complete: z.object({ counted: z.number(), beforeIndex: z.number() }),
});
const recomputed = z.object({
  records: z.number(),
  findings: z.array(z.object({ rule: z.string() })),
  differences: z.array(z.unknown()),
  withoutCalendar: z.array(z.string()),
});
const recordList = z.object({ records: z.array(z.object({ recordId: z.string(), index: z.number().nullable() })) });
const shownRecord = z.object({
  notOpen: z.string().optional(),
  provenInTreeOf: z.number().nullable(),
  notes: z.array(z.object({ text: z.string() })),
});
const proposed = z.object({ orderId: z.string() });
const carriedOut = z.object({ records: z.number(), erasure: z.string() });
const noted = z.object({ noteId: z.string() });
const reported = z.object({
  recordId: z.string(),
  counts: z.array(z.object({ authority: z.string(), acted: z.number(), owned: z.number() })),
  notes: z.number(),
});

/** The auditor of each state, and somebody whose authority that auditor reviews. */
const states = [
  { state: 'XA', auditor: 'auditor-xa', reviewed: 'prosecutor-xa' },
  { state: 'XB', auditor: 'auditor-xb', reviewed: 'judge-xb' },
  { state: 'XC', auditor: 'auditor-xc', reviewed: 'liaison-xc' },
] as const;
/** The server looks for findings every minute. */
const FINDINGS_WITHIN_MS = 120_000;
const LOOK_MS = 3_000;
const NOTE = 'The judge named the instrument; the file agrees.';

/** Auditors of the three states do their work at the same time, each with commands and for the own state alone. */
export async function oversee(stage: Stage): Promise<void> {
  stage.transcript.act('The auditors of all three states do their work');
  await Promise.all(states.map((body) => listWhole(stage, body)));
  await reportReview(stage);
  await Promise.all(states.map(({ state, auditor }) => findAnew(stage, state, auditor)));
  // Last: what was found is computed anew once facts are gone.
  await eraseByOrder(stage);
}

/** Every act of an authority's people, proven to be all of them. */
async function listWhole(stage: Stage, { state, auditor, reviewed }: (typeof states)[number]): Promise<void> {
  const profile: unknown = JSON.parse(await readFile(join(stage.profile(reviewed), 'profile.json'), 'utf8'));
  const { authorityId } = profileFile.parse(profile);
  const words = ['audit', 'list', ...purpose, '--authority', authorityId, '--complete'];
  const { records, complete } = await asked(stage, auditor, words, completeList);
  const isWhole = records.length === complete.counted && complete.counted > 0;
  const place = `${complete.counted} acts of its authority below ${complete.beforeIndex}`;
  check(stage.transcript, isWhole, `${state}: all ${place} came, as the log itself counts them`);
}

/** What the server proposes is computed over the records anew, with the working hours that were agreed. */
async function findAnew(stage: Stage, state: string, auditor: string): Promise<void> {
  const words = ['audit', 'findings', ...purpose, '--recompute'];
  const endsMs = performance.now() + FINDINGS_WITHIN_MS;
  let told = await asked(stage, auditor, words, recomputed);
  while (told.records === 0 && performance.now() < endsMs) {
    await wait(LOOK_MS);
    told = await asked(stage, auditor, words, recomputed);
  }
  const { records, findings, differences, withoutCalendar } = told;
  const rules = [...new Set(findings.map(({ rule }) => rule))].sort().join(', ');
  const isSame = records > 0 && differences.length === 0 && withoutCalendar.length === 0;
  const claim = `${state}: ${findings.length} findings over ${records} records, computed anew: exactly what the server proposes`;
  check(stage.transcript, isSame, claim);
  if (rules !== '') stage.transcript.say(`${state} has to look at: ${rules}`);
}

/** Two auditors order that the facts of one record go; the record stays, and every proof of it. */
async function eraseByOrder(stage: Stage): Promise<void> {
  const { transcript } = stage;
  const listed = ['audit', 'list', ...purpose, '--event', 'msg.send', '--outcome', 'allowed', '--first', '1'];
  const { records } = await asked(stage, 'auditor-xa', listed, recordList);
  const [record] = records;
  if (record === undefined || record.index === null) throw new Error('there is no record to erase');
  const terms = ['--records', String(record.index), '--legal-basis', 'oversight', '--reference', 'XA/2026-17'];
  const { orderId } = await asked(stage, 'auditor-xa', ['audit', 'erase', 'propose', ...terms], proposed);
  const alone = await stage.command('auditor-xa', ['audit', 'erase', 'approve', orderId, ...purpose]);
  check(transcript, alone.exitCode !== 0, 'one auditor alone erases nothing');
  const approve = ['audit', 'erase', 'approve', orderId, ...purpose];
  const done = await asked(stage, 'auditor-xa-2', approve, carriedOut);
  check(transcript, done.records === 1, `a second one approves: the facts of record ${record.index} are erased`);
  const show = ['audit', 'show', record.recordId, ...purpose];
  const { notOpen, provenInTreeOf } = await asked(stage, 'auditor-xa', show, shownRecord);
  const isExplained = notOpen?.includes(done.erasure) === true && provenInTreeOf !== null;
  check(transcript, isExplained, 'the record still proves itself, and names the order that erased what it said');
}

/** A note for colleagues, and the report that is due every six months; it proves itself without the server. */
async function reportReview(stage: Stage): Promise<void> {
  const { transcript } = stage;
  const listed = ['audit', 'list', ...purpose, '--event', 'doc.read', '--outcome', 'allowed', '--first', '1'];
  const [record] = (await asked(stage, 'auditor-xa', listed, recordList)).records;
  if (record === undefined) throw new Error('there is no record to note on');
  await asked(stage, 'auditor-xa', ['audit', 'note', record.recordId, ...purpose, '--text', NOTE], noted);
  const show = ['audit', 'show', record.recordId, ...purpose];
  const own = await asked(stage, 'auditor-xa-2', show, shownRecord);
  const other = await asked(stage, 'auditor-xb', show, shownRecord);
  const isSealed = own.notes.some(({ text }) => text === NOTE) && other.notes.length === 0;
  check(transcript, isSealed, 'a note is read by the colleague of the same body, and by no auditor of another state');
  const file = join(await stage.room('report'), 'review-report.json');
  const words = ['audit', 'report', ...purpose, '--text', 'Looked through; nothing to pursue.', '--out', file];
  const { counts, notes } = await asked(stage, 'auditor-xa', words, reported);
  const isProven = counts.every(({ acted, owned }) => acted + owned > 0) && notes > 0;
  const claim = `the six-monthly report is signed and recorded; the log bears out its counts of ${counts.length} authorities`;
  check(transcript, isProven, claim);
}

async function asked<Shape>(
  stage: Stage,
  profile: string,
  words: readonly string[],
  shape: z.ZodType<Shape>,
): Promise<Shape> {
  const { json, exitCode, stderr } = await stage.command(profile, words);
  const read = shape.safeParse(json);
  if (read.success) return read.data;
  stage.transcript.failed(`rogatory ${words.slice(0, 3).join(' ')}: exit code ${exitCode}`);
  stage.transcript.say(stderr.slice(0, 500));
  throw new StepFailed();
}
