import { join, resolve } from 'node:path';
import { userFolder } from '@rogatory/platform-config/client';
import { exportLog, forge, reviewCase, verifyOffline } from './acts/audit.js';
import { enter } from './acts/cast.js';
import { answerWithFile, openFiles, shareFiles, type SharedFile, upload } from './acts/exchange.js';
import { admitLiaison } from './acts/liaison.js';
import { admitJudge, openCase, raiseCurtain } from './acts/opening.js';
import { breakIn, goOnWithout, removeJudge } from './acts/removal.js';
import { readmitJudge, revokeDevice } from './acts/return.js';
import { oversee } from './acts/oversight.js';
import { prepareAction } from './acts/preparation.js';
import { spoilCopies } from './acts/tampering.js';
import type { DemoArguments } from './arguments.js';
import { checkGivenFile, describeFile, makeExtract, makeSampleFiles } from './files.js';
import { Stage } from './stage.js';
import { bytesText, seconds, StepFailed, type Transcript } from './transcript.js';

/** A download has to be this large to be cut off in its midst. */
const CUT_OFF_MEBIBYTES = 64;
const MEBIBYTE = 1024 * 1024;

/** Plays the whole exchange. @returns whether every step held. */
export async function runDemo(wish: DemoArguments, transcript: Transcript): Promise<boolean> {
  const startMs = performance.now();
  const stage = await Stage.set(transcript, wish);
  let hasHeld = false;
  try {
    await play(stage, wish);
    hasHeld = true;
  } catch (error) {
    if (!(error instanceof StepFailed)) transcript.failed(error instanceof Error ? error.message : String(error));
  } finally {
    await stage.clear();
  }
  const { held, failed } = transcript.counts;
  const isWhole = hasHeld && failed === 0;
  transcript.act(isWhole ? 'Every step held' : 'THE DEMO DID NOT HOLD');
  transcript.say(`${held} checks held, ${failed} failed, in ${seconds(performance.now() - startMs)}.`);
  if (wish.isKept) transcript.say(`Everything lies in ${stage.folder}`);
  return isWhole;
}

async function play(stage: Stage, wish: DemoArguments): Promise<void> {
  const paths = await prepareFiles(stage, wish);
  await raiseCurtain(stage);
  const lead = await enter(stage, 'prosecutor-xa', 'the prosecutor of XA');
  const judge = await enter(stage, 'judge-xb', 'the judge of XB');
  const facts = await openCase(stage, lead, judge);
  await admitJudge(stage, facts, [lead, judge]);
  const files = await shareFiles(stage, facts, { lead, judge, paths });
  await openFiles(stage, facts, { reader: judge, files });
  await answerWithFile(stage, facts, { judge, lead, path: firstOf(paths) });
  const liaison = await enter(stage, 'liaison-xc', 'the liaison officer of XC');
  const document = firstOf(files);
  await admitLiaison(stage, facts, { lead, liaison, earlierDocument: document.objectId });
  await prepareAction(stage, facts, { xa: lead, xb: judge, xc: liaison });
  const large = await largeFile(stage, { files, facts, lead });
  await removeJudge(stage, facts, { lead, judge, large });
  const gap = await goOnWithout(stage, facts, { lead, file: document });
  await breakIn(stage, facts, judge);
  const back = await readmitJudge(stage, facts, { lead, judge, gap });
  await revokeDevice(stage, facts, { lead, lost: liaison, registrar: 'registrar-xc' });
  const auditor = await enter(stage, 'auditor-xa', 'the auditor of XA');
  const colleague = await enter(stage, 'auditor-xc', 'the auditor of XC');
  const people = { auditor, colleague, judge: back, liaison };
  const recordId = await reviewCase(stage, facts, { ...people, opened: files.length });
  await oversee(stage);
  const before = await exportLog(stage, { auditor, keeper: lead });
  await verifyOffline(stage, before);
  await spoilCopies(stage, before);
  await forge(stage, { auditor, recordId, before });
}

async function prepareFiles({ transcript, folder }: Stage, { files, extractMebibytes }: DemoArguments) {
  if (files.length > 0) {
    const paths = files.map((path) => resolve(userFolder(), path));
    await Promise.all(paths.map(checkGivenFile));
    transcript.act(paths.length === 1 ? 'A file was given' : `${paths.length} files were given`);
    return paths;
  }
  transcript.act('A set of files is made: a PDF, two pictures, an extract');
  const paths = await makeSampleFiles(join(folder, 'files'), extractMebibytes);
  for (const path of paths) {
    const { name, bytes } = await describeFile(path);
    transcript.say(`${name}, ${bytesText(bytes)}`);
  }
  return paths;
}

/** The largest file, or one made for this, where all are too small for a download to be cut off in its midst. */
async function largeFile(
  stage: Stage,
  story: {
    readonly files: readonly SharedFile[];
    readonly facts: Parameters<typeof openFiles>[1];
    readonly lead: Parameters<typeof upload>[1];
  },
): Promise<SharedFile> {
  const largest = firstOf([...story.files].sort((a, b) => b.bytes - a.bytes));
  if (largest.bytes >= CUT_OFF_MEBIBYTES * MEBIBYTE) return largest;
  stage.transcript.act('A further extract, large enough for a download to be under way for a while');
  const path = join(await stage.room('further'), 'second extract.bin');
  await makeExtract(path, CUT_OFF_MEBIBYTES);
  const file = await describeFile(path);
  return { ...file, ...(await upload(stage, story.lead, { file, facts: story.facts })) };
}

function firstOf<Thing>(things: readonly Thing[]): Thing {
  const [first] = things;
  if (first === undefined) throw new Error('there is no file');
  return first;
}
