import { join } from 'node:path';
import { legalBases } from '@rogatory/protocol';
import type { ObjectId } from '@rogatory/kernel';
import { describeFile, type ExchangedFile, hashOf } from '../files.js';
import type { RoleProcess } from '../role-process.js';
import type { Stage } from '../stage.js';
import { bytesText, check, progressText, rateText, seconds } from '../transcript.js';
import type { CaseFacts, Player } from './cast.js';

/** What the judge states before each opening. */
export const justification = {
  legalBasis: legalBases.jointInvestigationTeam,
  instrument: 'JIT-2026-17',
  text: 'to prepare the hearing of the suspects',
};

export interface SharedFile extends ExchangedFile {
  readonly objectId: ObjectId;
}

const PATIENCE_MS = 60_000;

/** The prosecutor uploads and writes; the judge, listening, is told of each. */
export async function shareFiles(
  stage: Stage,
  facts: CaseFacts,
  story: { readonly lead: Player; readonly judge: Player; readonly paths: readonly string[] },
): Promise<SharedFile[]> {
  const { transcript } = stage;
  const { caseId, evidence: compartmentId } = facts;
  const { lead, judge } = story;
  transcript.act(`${lead.title} uploads ${story.paths.length} files and writes, while ${judge.title} listens`);
  await judge.role.ask('listen', { caseId, compartmentId });
  const shared: SharedFile[] = [];
  for (const path of story.paths) {
    const file = await describeFile(path);
    const { objectId } = await upload(stage, lead, { file, facts });
    shared.push({ ...file, objectId });
  }
  const text = 'The extract and the request. Please confirm what you received.';
  const sent = await lead.role.ask('post', { caseId, compartmentId, subject: 'Extract of the telephone', text });
  transcript.say(`message posted in ${Math.round(sent.ms)} ms`);
  await expectHeard(stage, judge.role, { documents: shared.length, messages: 1 });
  const read = await judge.role.ask('read', { caseId, compartmentId });
  const isRead = read.messages.some((said) => said.text === text && said.authorPersonId === lead.personId);
  check(transcript, isRead, `${judge.title} reads the message, signed by ${lead.title}`);
  await judge.role.ask('post', { caseId, compartmentId, subject: '', text: 'Received.', replyTo: sent.objectId });
  await judge.role.ask('acknowledge', { caseId, compartmentId, objectId: sent.objectId });
  const answered = await lead.role.ask('read', { caseId, compartmentId });
  const isAnswered = answered.messages.some((said) => said.text === 'Received.');
  const original = answered.messages.find(({ objectId }) => objectId === sent.objectId);
  check(
    transcript,
    isAnswered && original?.acknowledged === 1,
    `${lead.title} reads the answer and the acknowledgement`,
  );
  return shared;
}

/** The judge opens every file for a stated reason. */
export async function openFiles(
  stage: Stage,
  facts: CaseFacts,
  story: { readonly reader: Player; readonly files: readonly SharedFile[] },
): Promise<void> {
  const { transcript } = stage;
  const { reader, files } = story;
  const { instrument, text } = justification;
  transcript.act(`${reader.title} opens them, stating ${instrument}, "${text}"`);
  const room = await stage.room(`received by ${reader.profile}`);
  for (const file of files) await fetchWhole(stage, facts, { reader, file, out: join(room, file.name) });
}

/** The judge answers with a file of their own. */
export async function answerWithFile(
  stage: Stage,
  facts: CaseFacts,
  story: { readonly judge: Player; readonly lead: Player; readonly path: string },
): Promise<void> {
  const { judge, lead } = story;
  stage.transcript.act(`${judge.title} answers with a file`);
  const file = await describeFile(story.path);
  const { objectId } = await upload(stage, judge, { file, facts });
  const room = await stage.room(`received by ${lead.profile}`);
  await fetchWhole(stage, facts, { reader: lead, file: { ...file, objectId }, out: join(room, file.name) });
}

/** Uploads and tells size and time. */
export async function upload(
  stage: Stage,
  author: Player,
  { file, facts }: { readonly file: ExchangedFile; readonly facts: CaseFacts },
): Promise<{ readonly objectId: ObjectId }> {
  const { transcript } = stage;
  const { path, mediaType, name } = file;
  const { caseId, evidence: compartmentId } = facts;
  const told = await author.role.askLong('upload', { caseId, compartmentId, path, mediaType }, (done, total) =>
    transcript.progress(`${name}: ${progressText(done, total)}`),
  );
  const { bytes, ms } = told;
  transcript.say(`${author.title} uploaded "${name}", ${bytesText(bytes)} in ${seconds(ms)} (${rateText(bytes, ms)})`);
  return told;
}

interface Fetch {
  readonly reader: Player;
  readonly file: SharedFile;
  readonly out: string;
}

async function fetchWhole(stage: Stage, facts: CaseFacts, { reader, file, out }: Fetch): Promise<void> {
  const { transcript } = stage;
  const { caseId, evidence: compartmentId } = facts;
  const { objectId, name } = file;
  const wish = { caseId, compartmentId, objectId, out, justification };
  const { ms } = await reader.role.askLong('download', wish, (done, total) =>
    transcript.progress(`${name}: ${progressText(done, total)}`),
  );
  const received = await describeFile(out);
  const isSame =
    received.bytes === file.bytes && received.sha256 === file.sha256 && (await hashOf(file.path)) === file.sha256;
  const figures = `${bytesText(file.bytes)} in ${seconds(ms)} (${rateText(file.bytes, ms)})`;
  check(transcript, isSame, `"${name}" is byte-identical: ${figures}, SHA-256 ${file.sha256.slice(0, 16)}…`);
}

async function expectHeard(
  { transcript }: Stage,
  role: RoleProcess,
  wanted: { readonly documents: number; readonly messages: number },
): Promise<void> {
  const heard = (what: string): number =>
    role.events.filter((said) => said.event === 'heard' && said.what === what).length;
  const isTold = (): boolean => heard('document') >= wanted.documents && heard('message') >= wanted.messages;
  const claim = `the subscription of ${role.name} told of ${wanted.documents} documents and ${wanted.messages} message`;
  check(transcript, await role.until(isTold, PATIENCE_MS), claim);
}
