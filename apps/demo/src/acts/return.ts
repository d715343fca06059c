import { join } from 'node:path';
import type { Stage } from '../stage.js';
import { check } from '../transcript.js';
import { type CaseFacts, enter, type Player } from './cast.js';
import type { Gap } from './removal.js';

/** The judge comes back; what was said meanwhile stays closed. */
export async function readmitJudge(
  stage: Stage,
  facts: CaseFacts,
  story: { readonly lead: Player; readonly judge: Player; readonly gap: Gap },
): Promise<Player> {
  const { transcript } = stage;
  const { caseId, evidence, finance } = facts;
  const { lead, gap } = story;
  transcript.act(`${story.judge.title} is admitted again`);
  await stage.dismiss(story.judge.role);
  const judge = await enter(stage, story.judge.profile, story.judge.title);
  const { personId } = judge;
  const history = { kind: 'from-now' } as const;
  await lead.role.ask('invite', { caseId, personId, role: 'contributor', history, compartments: [evidence, finance] });
  await judge.role.ask('accept', { caseId });
  await lead.role.ask('admit', { caseId, personId });
  const text = 'Welcome back. The search is over.';
  await lead.role.ask('post', { caseId, compartmentId: evidence, subject: 'Return', text });
  const seen = await judge.role.ask('read', { caseId, compartmentId: evidence });
  const isBack = seen.messages.some((said) => said.text === text);
  check(transcript, isBack, 'what is posted from now on opens');
  const isGapClosed = gap.messages.every((id) => seen.sealedMessages.includes(id));
  check(
    transcript,
    isGapClosed && seen.sealedDocuments.includes(gap.document),
    `the gap stays closed: ${gap.messages.length} messages and the document cannot be opened`,
  );
  return judge;
}

const PATIENCE_MS = 30_000;

/** A registrar ends a device; it is refused everywhere. */
export async function revokeDevice(
  stage: Stage,
  facts: CaseFacts,
  story: { readonly lead: Player; readonly lost: Player; readonly registrar: string },
): Promise<void> {
  const { transcript } = stage;
  const { caseId, evidence: compartmentId } = facts;
  const { lost, registrar, lead } = story;
  transcript.act(`A registrar revokes the device of ${lost.title}`);
  await lost.role.ask('openCase', { caseId });
  await lost.role.ask('listen', { caseId, compartmentId });
  const key = join(stage.profile(registrar), 'registrar.key');
  const words = ['directory', 'revoke', '--device', lost.deviceId, '--reason', 'lost', '--key', key];
  const { exitCode, stderr } = await stage.command(registrar, words);
  if (exitCode !== 0) transcript.say(stderr.trim());
  check(transcript, exitCode === 0, '"rogatory directory revoke" by a registrar of state XC was taken');
  const isCut = (): boolean => lost.role.events.some((said) => said.event === 'cut');
  check(transcript, await lost.role.until(isCut, PATIENCE_MS), 'its open subscription was closed');
  const request = await lost.role.ask('tryOpenCase', { caseId });
  const login = await lost.role.ask('tryLogin', {});
  const isShut = request.isRefused && login.isRefused;
  check(transcript, isShut, `requests and a new login are refused (${request.code}, ${login.code})`);
  const text = 'Written under a key that the lost device never had.';
  await lead.role.ask('post', { caseId, compartmentId, subject: 'After the loss', text });
  const seen = await lead.role.ask('read', { caseId, compartmentId });
  check(
    transcript,
    seen.messages.some((said) => said.text === text),
    'the others write on, with new keys',
  );
}
