import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActId } from '@rogatory/kernel';
import { z } from 'zod';
import type { DutyAnswer } from '../role/duties.js';
import type { Stage } from '../stage.js';
import { closing, forgeRecord, openStolen } from '../thief/stolen-database.js';
import { bytesText, check, seconds } from '../transcript.js';
import type { CaseFacts, Player } from './cast.js';
import { justification } from './exchange.js';
import { type ExportedLog, verifyFolder } from './verification.js';

type Records = DutyAnswer<'listRecords'>;

const MAX_SHOWN = 12;
const shown = z.object({ justification: z.string().optional() });
interface Review {
  readonly auditor: Player;
  /** An auditor of the liaison officer's state. */
  readonly colleague: Player;
  readonly judge: Player;
  readonly liaison: Player;
  /** Documents that the judge opened whole. */
  readonly opened: number;
}

/** An auditor lists who opened what, when, why and with what outcome. @returns a record of an opening by the judge. */
export async function reviewCase(stage: Stage, { caseId }: CaseFacts, review: Review): Promise<ActId> {
  const { transcript } = stage;
  const { auditor, judge } = review;
  transcript.act(`${auditor.title} asks who opened what, when, why, and with what outcome`);
  const reads = await auditor.role.ask('listRecords', { event: 'doc.read', caseId });
  const denied = await auditor.role.ask('listRecords', { outcome: 'denied' });
  for (const line of tableOf([...reads.slice(0, MAX_SHOWN), ...denied.slice(-MAX_SHOWN)])) transcript.say(line);
  const byJudge = reads.filter((read) => read.personId === judge.personId && read.outcome === 'allowed');
  const isWhy = byJudge.every(({ instrument, legalBasis, isSigned, personName }) => {
    const isStated = instrument === justification.instrument && legalBasis === 'jointInvestigationTeam';
    return isStated && isSigned && personName !== null;
  });
  const claim = `${byJudge.length} openings by ${judge.title}, each with name, time, legal basis and device signature`;
  check(transcript, byJudge.length >= review.opened && isWhy, claim);
  await reviewRefusals(stage, denied, review);
  const [first] = byJudge;
  if (first === undefined) throw new Error('no record of an opening');
  const proven = await auditor.role.ask('proveRecord', { recordId: first.recordId });
  const isProven = proven.provenIn !== undefined && proven.index !== undefined && proven.isSigned;
  check(transcript, isProven, `record ${proven.index} is proven to be in the signed log of ${proven.provenIn}`);
  await readReason(stage, first.recordId);
  return first.recordId;
}

/** Whose case it is sees every refusal; who it was of another state, where the case shows it, else their own oversight. */
async function reviewRefusals(stage: Stage, denied: Records, { judge, liaison, colleague }: Review): Promise<void> {
  const { transcript } = stage;
  const byState = (state: string): number => denied.filter((record) => record.state === state).length;
  const [toJudge, ofB, ofC] = [denied.filter(isOf(judge)).length, byState('XB'), byState('XC')];
  const claim = `refusals are recorded too: ${ofB} to state XB (${toJudge} with the judge's name), ${ofC} to state XC`;
  check(transcript, toJudge > 0 && ofB > 0 && ofC > 0, claim);
  const ownView = await colleague.role.ask('listRecords', { outcome: 'denied' });
  const toLiaison = ownView.filter(isOf(liaison)).length;
  check(transcript, toLiaison > 0, `${colleague.title} sees by name the ${toLiaison} refusals to ${liaison.title}`);
}

function isOf({ personId }: Player): (record: Records[number]) => boolean {
  return (record) => record.personId === personId;
}

/** The free text of the reason is for the judge's own oversight body alone. */
async function readReason(stage: Stage, recordId: ActId): Promise<void> {
  const words = ['audit', 'show', recordId, '--purpose', 'lawfulness'];
  const [own, other] = [await stage.command('auditor-xb', words), await stage.command('auditor-xa', words)];
  const textOf = (json: unknown): string => shown.safeParse(json).data?.justification ?? '';
  const isOwn = own.exitCode === 0 && textOf(own.json) === justification.text;
  check(stage.transcript, isOwn, `the oversight body of XB reads the judge's own words: "${textOf(own.json)}"`);
  const isSealed = other.exitCode === 0 && !textOf(other.json).includes(justification.text);
  check(stage.transcript, isSealed, 'to the oversight body of XA they stay sealed');
}

function tableOf(records: Records): string[] {
  return records.map((record) => {
    const { index, atMs, event, outcome, personName, state, legalBasis, instrument, objectId } = record;
    const who = `${personName ?? 'somebody'} (${state})`;
    const why = [legalBasis, instrument].filter((part) => part !== '').join(' ') || record.reasonCode;
    const time = new Date(atMs).toISOString().slice(11, 23);
    const what = objectId === null ? '' : `document ${objectId.slice(0, 8)}`;
    return [
      String(index ?? '–').padStart(5),
      time,
      event.padEnd(14),
      outcome.padEnd(8),
      who.padEnd(18),
      why,
      what,
    ].join(' ');
  });
}

/** Every party's receipts, and the log's files, leave the server. */
export async function exportLog(
  stage: Stage,
  story: { readonly auditor: Player; readonly keeper: Player },
): Promise<ExportedLog> {
  const { transcript } = stage;
  transcript.act('Receipts and log leave the server');
  const receipts = await stage.room('receipts');
  const kept = await story.keeper.role.ask('keepReceipts', { out: receipts });
  const isKept = kept.proven > 0 && kept.overdue === 0;
  const claim = `${story.keeper.title} has proof for ${kept.proven} own acts; ${kept.waiting} wait, none is overdue`;
  check(transcript, isKept, claim);
  const folder = await stage.room('log');
  const { files, bytes, size } = await copyLog(stage, story.auditor, folder);
  transcript.say(`${size} records in ${files} files, ${bytesText(bytes)}`);
  return { folder, receipts, size };
}

async function copyLog(stage: Stage, auditor: Player, out: string) {
  return auditor.role.askLong('exportLog', { out }, (done, total) =>
    stage.transcript.progress(`log: ${done} of ${total} records`),
  );
}

/** Verifies the copy in a process that is given nothing but files, while no server runs. */
export async function verifyOffline(stage: Stage, { folder, receipts, size }: ExportedLog): Promise<void> {
  const { transcript } = stage;
  transcript.act('The log is verified offline: the server is stopped, the verifier is one file, and has files only');
  check(transcript, (await stage.stopServer()) === 0, 'the server stopped in order');
  const startMs = performance.now();
  const { verdict, isSound } = await verifyFolder(stage, folder, ['--receipts', receipts]);
  const counts = verdict.claims.map(({ claim, outcome, count }) => `${claim} ${outcome} (${count})`);
  for (const line of counts) transcript.say(line);
  const holds = (name: string): boolean =>
    verdict.claims.some(({ claim, outcome }) => claim === name && outcome === 'holds');
  const isAll = ['checkpoint', 'witnesses', 'tree', 'leaves', 'order', 'receipts'].every(holds);
  check(
    transcript,
    isSound && isAll && verdict.size === size,
    `${verdict.size} records verify, under a head that witnesses of the states cosigned, in ${seconds(performance.now() - startMs)}`,
  );
}

/** Somebody with the disk edits one stored record; the log that is served from then on does not verify. */
export async function forge(
  stage: Stage,
  story: { readonly auditor: Player; readonly recordId: ActId; readonly before: ExportedLog },
): Promise<void> {
  const { transcript } = stage;
  transcript.act("One stored row is edited behind the server's back");
  const database = await openStolen(stage.database);
  const forged = await closing(database, () => forgeRecord(database, story.recordId));
  transcript.say(`record ${forged.index}: the time of the opening moved from ${forged.before} to ${forged.after}`);
  await stage.startServer();
  const folder = await stage.room('log after');
  await copyLog(stage, story.auditor, folder);
  const earlier = join(story.before.folder, 'checkpoint');
  const size = (await readFile(earlier, 'utf8')).split('\n')[1];
  transcript.say(`the log is exported again, and verified with the signed head of ${size} records from before`);
  const { verdict, isSound } = await verifyFolder(stage, folder, ['--earlier', earlier]);
  const bad = verdict.claims.find(({ outcome }) => outcome === 'fails');
  const isFound = !isSound && bad?.firstBadIndex === forged.index;
  const where = `${bad?.claim} fails at index ${bad?.firstBadIndex} (${bad?.code})`;
  check(transcript, isFound, `verification fails and names the record: ${where}`);
}
