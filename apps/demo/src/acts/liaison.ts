import type { ObjectId } from '@rogatory/kernel';
import type { Stage } from '../stage.js';
import { check } from '../transcript.js';
import { type CaseFacts, compareFingerprints, type Player } from './cast.js';

/** A liaison officer sees one compartment, from now on, and nothing else. */
export async function admitLiaison(
  stage: Stage,
  facts: CaseFacts,
  story: { readonly lead: Player; readonly liaison: Player; readonly earlierDocument: ObjectId },
): Promise<void> {
  const { transcript } = stage;
  const { caseId, evidence, finance } = facts;
  const { lead, liaison } = story;
  transcript.act(`${liaison.title} is admitted to one compartment, from now on`);
  await compareFingerprints(stage, lead, liaison);
  const history = { kind: 'from-now' } as const;
  const { personId } = liaison;
  await lead.role.ask('invite', { caseId, personId, role: 'liaison', history, compartments: [evidence] });
  await liaison.role.ask('accept', { caseId });
  await lead.role.ask('admit', { caseId, personId });
  await liaison.role.ask('openCase', { caseId });
  const text = 'From here on the liaison officer reads along.';
  await lead.role.ask('post', { caseId, compartmentId: evidence, subject: 'Liaison', text });
  const seen = await liaison.role.ask('read', { caseId, compartmentId: evidence });
  check(transcript, seen.messages.length === 1 && seen.messages[0]?.text === text, 'the new message opens');
  const isClosed = seen.sealedMessages.length > 0 && seen.sealedDocuments.includes(story.earlierDocument);
  const counts = `${seen.sealedMessages.length} messages and ${seen.sealedDocuments.length} documents`;
  check(transcript, isClosed && seen.documents.length === 0, `everything earlier stays sealed: ${counts}`);
  const other = await liaison.role.ask('askLog', { caseId, compartmentId: finance });
  check(transcript, other.isRefused, `the other compartment is refused by the server (${other.code})`);
  const foreign = { caseId, compartmentId: finance, objectId: story.earlierDocument };
  const document = await liaison.role.ask('askDocument', foreign);
  check(
    transcript,
    document.isRefused,
    `a document asked for by way of the other compartment is refused (${document.code})`,
  );
}
