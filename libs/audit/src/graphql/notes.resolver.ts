import type { RequestContext } from '@rogatory/access';
import { Access } from '@rogatory/access/nest';
import { parseActId, parseCaseId } from '@rogatory/kernel';
import type { NotedThing } from '@rogatory/protocol';
import { CurrentRequest, IdScalar, Receipts, type ReceiptSink } from '@rogatory/platform-graphql';
import { Args, ArgsType, Field, Mutation, Resolver } from '@nestjs/graphql';
import type { AddNote } from '../application/notes/add-note.js';
import { wrongFilter } from '../domain/audit.errors.js';
import { type ReviewedAuthorities, reviewContextOf } from './review-asker.js';

/** What `addAuditNote` takes: one of the two ids. */
@ArgsType()
export class AddAuditNoteArgs {
  @Field(() => IdScalar, { nullable: true, description: 'The record that the note is about.' })
  readonly recordId?: string | null;

  @Field(() => IdScalar, { nullable: true, description: 'The case that the note is about, instead of a record.' })
  readonly caseId?: string | null;

  @Field({ description: 'lawfulness, selfMonitoring, integrityAndSecurity or criminalProceedings.' })
  readonly purpose!: string;
}

export interface NoteUses {
  readonly addNote: Pick<AddNote, 'run'>;
  readonly authorities: ReviewedAuthorities;
}

/** What auditors note for each other; the text is the sealed reason of the act. */
@Resolver()
export class NotesResolver {
  readonly #use: NoteUses;

  constructor(use: NoteUses) {
    this.#use = use;
  }

  @Mutation(() => IdScalar, {
    description: 'Attaches a note to a record or a case; answers with the record that is the note.',
  })
  @Access('mutation.addAuditNote')
  async addAuditNote(
    @CurrentRequest() ctx: RequestContext,
    @Args() { recordId, caseId, purpose }: AddAuditNoteArgs,
    @Receipts() receipts: ReceiptSink,
  ): Promise<string> {
    const context = reviewContextOf(ctx, this.#use.authorities, { operation: 'mutation.addAuditNote', purpose });
    const receipt = await this.#use.addNote.run(context, thingOf(recordId ?? undefined, caseId ?? undefined));
    receipts.put(receipt);
    return receipt.recordId;
  }
}

/** @throws RefusedError `audit/filter` unless exactly one is named; CodecError for an id of another form. */
function thingOf(recordId: string | undefined, caseId: string | undefined): NotedThing {
  if (recordId !== undefined && caseId === undefined) return { record: parseActId(recordId) };
  if (caseId !== undefined && recordId === undefined) return { caseId: parseCaseId(caseId) };
  throw wrongFilter();
}
