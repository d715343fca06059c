import { type ActId, limits, parseActId, utf8 } from '@rogatory/kernel';
import {
  actSubjects,
  auditNoteStatement,
  auditObjectKinds,
  auditPurposes,
  legalBases,
  nameOf,
  type NotedThing,
} from '@rogatory/protocol';
import type { GivenReason } from '../acts/act-chain.js';
import { usageError, verificationError } from '../client.errors.js';
import type { Directory } from '../directory/directory.js';
import type { UnlockedKeyStore } from '../keys/key-store.js';
import { addAuditNoteOperation } from '../operations.generated.js';
import type { Gateway } from '../session/gateway.js';
import { asText } from '../transport/answer.js';
import type { OpenRecord } from './open-record.js';
import type { Review } from './review.js';

export interface AuditNotesParts {
  readonly gateway: Gateway;
  readonly directory: Directory;
  readonly keys: UnlockedKeyStore;
  readonly reason: (review: Review) => GivenReason;
}

/** What auditors of one oversight body write down for each other; nobody else can read it. */
export class AuditNotes {
  readonly #parts: AuditNotesParts;

  constructor(parts: AuditNotesParts) {
    this.#parts = parts;
  }

  /**
   * Attaches a note to a record or a case; the text leaves sealed to the own oversight body.
   * @returns the id of the record that is the note.
   * @throws UsageError `client/input` without a text, or beyond `limits.maxJustificationCharacters`; RefusedError
   * `audit/not-found` for what is not in the scope, or restricted to another purpose.
   */
  async add({ purpose }: Pick<Review, 'purpose'>, thing: NotedThing, text: string): Promise<ActId> {
    if (text.trim() === '' || [...text].length > limits.maxJustificationCharacters) throw usageError('client/input');
    const { gateway, directory, reason } = this.#parts;
    await directory.syncWhenOld();
    const place = 'record' in thing ? { recordId: thing.record } : { caseId: thing.caseId };
    const variables = { ...place, purpose: nameOf(auditPurposes, purpose) };
    const subject = actSubjects.addNote(thing, utf8(auditNoteStatement(purpose)));
    const given = reason({ purpose, justification: { legalBasis: legalBases.oversight, text } });
    const { result, recordId } = await gateway.tell(
      addAuditNoteOperation,
      { variables, subject, reason: given },
      ({ addAuditNote }) => parseActId(asText(addAuditNote)),
    );
    if (result !== recordId) throw verificationError('client/answer');
    return result;
  }
}

/**
 * Whether a record is a note of one's own body on this record, as far as its groups are open.
 * @throws VerificationError `client/answer` for anything else that a server passes off as one.
 */
export function checkNote(
  note: OpenRecord,
  about: ActId,
  { authorityId }: Pick<UnlockedKeyStore, 'authorityId'>,
): void {
  const { leaf, groups, isSigned } = note;
  const { who, what, act } = groups;
  const isOwn = who === undefined || who.authorityId === authorityId;
  const isAbout =
    what === undefined ||
    (what.objectKind === auditObjectKinds.record && (what.objectId as string | undefined) === about);
  const isNote = leaf.ev === 'audit.note' && leaf.out === 'allowed' && isOwn && isAbout;
  if (!isNote || (act !== undefined && !isSigned)) throw verificationError('client/answer');
}
