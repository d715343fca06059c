import type { Stage } from '../stage.js';
import { check, seconds } from '../transcript.js';
import { type CaseFacts, compareFingerprints, type Player } from './cast.js';

const TITLE = 'Operation Lantern';

/** Server, federation and the people of the story. */
export async function raiseCurtain(stage: Stage): Promise<void> {
  const { transcript } = stage;
  transcript.act('A server and a fictitious federation of three states');
  const tookMs = await stage.startServer();
  transcript.say(`${stage.url} answers after ${seconds(tookMs)}; its data folder is ${stage.dataFolder}`);
}

/** The prosecutor opens a case that nobody else can see. */
export async function openCase(stage: Stage, lead: Player, stranger: Player): Promise<CaseFacts> {
  const { transcript } = stage;
  transcript.act(`${lead.title} opens a case with two compartments`);
  const made = await lead.role.ask('createCase', { title: TITLE, compartments: ['Evidence', 'Finance'] });
  const { caseId } = made;
  const [evidence, finance] = ['Evidence', 'Finance'].map((title) => made.further.find((one) => one.title === title));
  if (evidence === undefined || finance === undefined) throw new Error('a compartment is missing');
  const seen = await lead.role.ask('openCase', { caseId });
  check(transcript, seen.title === TITLE && seen.compartments.length === 3, `"${TITLE}", root and two compartments`);
  const listed = await stranger.role.ask('listCases', {});
  const tried = await stranger.role.ask('tryOpenCase', { caseId });
  const isHidden = listed.length === 0 && tried.isRefused;
  check(transcript, isHidden, `${stranger.title} cannot see it yet: refused (${tried.code})`);
  return { caseId, evidence: evidence.compartmentId, finance: finance.compartmentId };
}

/** Invitation, comparison of fingerprints, answer, admission. */
export async function admitJudge(stage: Stage, facts: CaseFacts, [lead, judge]: readonly [Player, Player]) {
  const { transcript } = stage;
  const { caseId, evidence, finance } = facts;
  transcript.act(`${lead.title} invites ${judge.title}; both compare fingerprints`);
  await lead.role.ask('invite', {
    caseId,
    personId: judge.personId,
    role: 'contributor',
    history: { kind: 'all' },
    compartments: [evidence, finance],
  });
  await compareFingerprints(stage, lead, judge);
  await judge.role.ask('accept', { caseId });
  await lead.role.ask('admit', { caseId, personId: judge.personId });
  const [mine, theirs] = [await lead.role.ask('openCase', { caseId }), await judge.role.ask('openCase', { caseId })];
  const isSame = JSON.stringify(mine.compartments) === JSON.stringify(theirs.compartments);
  check(transcript, isSame, 'both verified the same three chains, of the same length, with the same members');
  check(transcript, mine.words === theirs.words, `both show the same fingerprint of the case: ${mine.words}`);
}
