import type { CaseId, InvitationId } from '@rogatory/kernel';
import type { Reader, Writer } from '@rogatory/platform-database';
import type { InvitationEntry, InvitationRow, NewAcceptance, NewInvitation } from '../domain/invitation-row.js';

export interface InvitationReader {
  /** One invitation that the asker may see: addressed to them, or of a case of theirs. */
  find(reader: Reader, id: InvitationId): Promise<InvitationRow | undefined>;
  /** With all answers: those of a case, newest first. */
  ofCase(reader: Reader, caseId: CaseId, most: number): Promise<readonly InvitationEntry[]>;
  /** Those addressed to the asker's person, post or authority, with the asker's own answer only; newest first. */
  toAsker(reader: Reader, asker: Addressee, most: number): Promise<readonly InvitationEntry[]>;
  /** Neither revoked nor expired nor used up. */
  countOpen(reader: Reader, caseId: CaseId, nowMs: number): Promise<number>;
}

export interface Addressee {
  readonly personId: string;
  readonly postId: string;
  readonly authorityId: string;
}

export interface InvitationWriter {
  add(writer: Writer, invitation: NewInvitation): Promise<void>;
  /** @returns false when it was revoked before. */
  revoke(writer: Writer, id: InvitationId): Promise<boolean>;
  /**
   * Takes one use. MUST be one conditional statement: of any number of callers as many win as uses are left.
   * @returns false when none is left, it is revoked or expired.
   */
  takeUse(writer: Writer, id: InvitationId, nowMs: number): Promise<boolean>;
  /** @throws RefusedError `cases/invitation-used` when the person answered before. */
  addAcceptance(writer: Writer, acceptance: NewAcceptance): Promise<void>;
}
