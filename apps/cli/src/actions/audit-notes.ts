import type { Client, OpenRecord } from '@rogatory/client';
import { parseActId, parseCaseId } from '@rogatory/kernel';
import { auditPurposes, type NotedThing } from '@rogatory/protocol';
import type { Call } from '../run/call.js';
import { isoTime, type Json, type Outcome } from '../run/outcome.js';
import { withSession } from '../run/session.js';
import { type OversightTexts, shownText } from './oversight-texts.js';
import { actorLine } from './record-actor.js';

/** A case's id is twice as long as a record's. */
const CASE_ID_LENGTH = 64;

/** `audit note` */
export async function addNote(call: Call): Promise<Outcome> {
  const review = { purpose: call.choice('purpose', auditPurposes) };
  const about = call.argument(0);
  const thing: NotedThing =
    about.length === CASE_ID_LENGTH ? { caseId: parseCaseId(about) } : { record: parseActId(about) };
  const text = call.required('text');
  return withSession(call, async ({ client }) => {
    await client.directory.sync();
    const noteId = await client.audit.notes.add(review, thing, text);
    return {
      json: { noteId, ...('record' in thing ? { recordId: thing.record } : thing) },
      lines: [`Noted, sealed to your oversight body, and recorded: ${noteId}`],
    };
  });
}

/** A note as JSON shows it. */
export function noteFacts(client: Client, note: OpenRecord, texts: OversightTexts | undefined) {
  return {
    noteId: note.recordId,
    index: note.index ?? null,
    at: isoTime(note.leaf.t),
    who: actorLine(client, note),
    text: shownText(note, texts) ?? '(erased, or restricted)',
  } satisfies { readonly [key: string]: Json };
}

/** The notes on a record, newest first. */
export function noteLines(notes: readonly ReturnType<typeof noteFacts>[]): string[] {
  if (notes.length === 0) return [];
  return [
    '',
    'Notes of your oversight body:',
    ...notes.flatMap(({ at, who, text }) => [`${at}  ${who}`, `    ${text}`]),
  ];
}
