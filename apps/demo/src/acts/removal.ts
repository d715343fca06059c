import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectId } from '@rogatory/kernel';
import { describeFile, type ExchangedFile } from '../files.js';
import type { Stage } from '../stage.js';
import { closing, openStolen, stealRows } from '../thief/stolen-database.js';
import { bytesText, check } from '../transcript.js';
import type { CaseFacts, Player } from './cast.js';
import { justification, type SharedFile, upload } from './exchange.js';

/** How soon a removed person has to be cut off. */
const CUT_OFF_MS = 1_000;
const PATIENCE_MS = 30_000;
/** About four megabytes a second: the download is under way for long enough to be cut. */
const PAUSE_MS = 15;
const MIN_BYTES_UNDER_WAY = 1024 * 1024;

interface Removal {
  readonly lead: Player;
  readonly judge: Player;
  /** Large enough to be under way still when the removal comes. */
  readonly large: SharedFile;
}

/** The judge is removed with a subscription open and a download running. */
export async function removeJudge(stage: Stage, facts: CaseFacts, { lead, judge, large }: Removal): Promise<void> {
  const { transcript } = stage;
  const { caseId, evidence: compartmentId } = facts;
  transcript.act(`${judge.title} is removed, listening and in the midst of a download`);
  await judge.role.ask('openCase', { caseId });
  const out = join(await stage.room('cut off'), 'never whole.bin');
  const { objectId } = large;
  const wish = { caseId, compartmentId, objectId, out, justification, pauseMs: PAUSE_MS };
  const before = (await judge.role.ask('streamWatch', {})).receivedBytes;
  const download = judge.role.ask('downloadSlowly', wish);
  const underWay = await untilUnderWay(judge, before);
  transcript.say(`${bytesText(underWay)} of "${large.name}" came so far`);
  const { sentAtMs, answeredAtMs, request } = await removeUnderWatch(facts, lead, judge);
  const cut = (): number | undefined =>
    judge.role.events.flatMap((said) => (said.event === 'cut' ? [said.atMs] : []))[0];
  await judge.role.until(() => cut() !== undefined, PATIENCE_MS);
  const stream = await download;
  transcript.say(`the server answered the removal ${answeredAtMs - sentAtMs} ms after it was sent`);
  const claim = (what: string, atMs = Number.POSITIVE_INFINITY): void => {
    const lateMs = atMs - answeredAtMs;
    const when = lateMs > 0 ? `${lateMs} ms after that answer` : `${-lateMs} ms before that answer`;
    check(transcript, lateMs <= CUT_OFF_MS, `${what} ${atMs - sentAtMs} ms after it was sent, ${when}`);
  };
  claim('the open subscription was closed', cut());
  const isBroken = !stream.isWhole && stream.receivedBytes < large.bytes && !(await isThere(out));
  check(transcript, isBroken, `the download broke off after ${bytesText(stream.receivedBytes)}; no half file is left`);
  claim('the running download was aborted', stream.brokenAtMs);
  check(
    transcript,
    request.isRefused,
    `requests that went on all the time were refused (${request.code}, the ${request.asked}th)`,
  );
  claim('the first was refused', request.atMs);
  const post = await judge.role.ask('tryPost', { caseId, compartmentId });
  const document = await judge.role.ask('askDocument', { caseId, compartmentId, objectId });
  const isShut = post.isRefused && document.isRefused;
  check(transcript, isShut, `posting and opening a document are refused (${post.code}, ${document.code})`);
}

/** The judge asks on and on meanwhile, and reads what the line still holds as soon as the removal is confirmed. */
async function removeUnderWatch({ caseId, evidence: compartmentId }: CaseFacts, lead: Player, judge: Player) {
  const probing = judge.role.ask('askUntilRefused', { caseId, compartmentId, withinMs: PATIENCE_MS });
  const removal = await lead.role.ask('remove', { caseId, personId: judge.personId });
  await judge.role.ask('hurry', {});
  return { ...removal, request: await probing };
}

/** @returns bytes that came of the download. */
async function untilUnderWay(judge: Player, before: number): Promise<number> {
  const deadlineMs = Date.now() + PATIENCE_MS;
  for (;;) {
    const { receivedBytes } = await judge.role.ask('streamWatch', {});
    if (receivedBytes !== before && receivedBytes >= MIN_BYTES_UNDER_WAY) return receivedBytes;
    if (Date.now() > deadlineMs) throw new Error('the slow download did not begin');
    await new Promise<void>((done) => setTimeout(done, 20));
  }
}

/** What is said while the judge is out. */
export interface Gap {
  readonly messages: readonly ObjectId[];
  readonly document: ObjectId;
}

/** The others go on; then the whole database falls into the hands of the removed member. */
export async function goOnWithout(
  stage: Stage,
  facts: CaseFacts,
  story: { readonly lead: Player; readonly file: ExchangedFile },
): Promise<Gap> {
  const { caseId, evidence: compartmentId } = facts;
  stage.transcript.act('The case goes on without the judge');
  const messages: ObjectId[] = [];
  for (const text of ['The search is on Thursday.', 'Two teams, one at the quay.', 'Nobody else is told.']) {
    const sent = await story.lead.role.ask('post', { caseId, compartmentId, subject: 'Search', text });
    messages.push(sent.objectId);
  }
  const { objectId } = await upload(stage, story.lead, { file: await describeFile(story.file.path), facts });
  stage.transcript.say(`${messages.length} messages and a document were posted under new keys`);
  return { messages, document: objectId };
}

/** All keys that the judge ever held, against a copy of the database. */
export async function breakIn(stage: Stage, facts: CaseFacts, judge: Player): Promise<void> {
  const { transcript } = stage;
  transcript.act('The removed judge gets a copy of the whole database');
  check(transcript, (await stage.stopServer()) === 0, 'the server stopped in order');
  const database = await openStolen(stage.database);
  const rows = await closing(database, () => stealRows(database));
  const dump = join(await stage.room('stolen'), 'rows.json');
  await writeFile(dump, JSON.stringify(rows), { mode: 0o600 });
  transcript.say(`copied: ${rows.entries.length} entries and ${rows.boxes.length} key boxes`);
  await stage.startServer();
  const tried = await judge.role.ask('breakIn', { caseId: facts.caseId, dump });
  await rm(dump);
  const { epochKeys, deviceKeys, laterItems, laterBoxes, laterEpochs } = tried;
  transcript.say(`keys: ${epochKeys} of epochs, ${deviceKeys} of the device; taken at their word and by force`);
  check(transcript, tried.controlOpened > 0, `the attack works: it opens ${tried.controlOpened} things of before`);
  const isTried = laterItems >= 4 && laterBoxes > 0 && laterEpochs > 0 && tried.attempts > laterItems;
  const what = `${laterItems} items, ${laterBoxes} boxes and ${laterEpochs} epochs of after`;
  check(transcript, isTried && tried.opened === 0, `${tried.attempts} attempts on ${what} opened nothing`);
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
