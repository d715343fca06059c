import type { AddCheckpoint, NoteSignature } from '@rogatory/tlog';

/** What a witness said to a head. */
export type WitnessReply =
  | { readonly kind: 'cosigned'; readonly lines: readonly NoteSignature[] }
  /** It holds another size than the request assumed. */
  | { readonly kind: 'conflict'; readonly size: number }
  | { readonly kind: 'refused'; readonly status: number };

/** The way to one witness (C2SP tlog-witness). Its answer is hostile input until a signature of its key holds. */
export interface WitnessClient {
  /** MUST settle within `limits.witnessAnswerMs`. Rejects when the witness cannot be reached or speaks something else. */
  addCheckpoint(request: AddCheckpoint): Promise<WitnessReply>;
}
