import { limits } from '@rogatory/kernel';
import { accessRefused, type RequestContext } from '@rogatory/access';
import { type ActPlan, type ActRunner, databasePrincipalOf } from '@rogatory/audit';
import {
  type Answered,
  answered,
  type CompartmentReader,
  type ContentLogWriter,
  isRepeated,
  type MovedHead,
  parseItem,
  type ParsedItem,
  type PlacedItem,
  postedEarlier,
} from '@rogatory/cases';
import { type ChainState, itemHash } from '@rogatory/chain';
import {
  applyOperation,
  type OperationRecord,
  type OperationStatus,
  refuse,
  withoutVotesOf,
} from '@rogatory/coordination';
import { auditObjectKinds, decodeSignedItem, itemClasses, type Member, type OperationFacts } from '@rogatory/protocol';
import type { Database, Reader, Writer } from '@rogatory/platform-database';
import { departedSince } from './departures.js';
import { wrongItem } from '../domain/operations.errors.js';
import type { StoredOperation } from '../domain/stored-operation.js';
import type { OperationStore, OwnRecord } from './operation.store.js';

export interface ChangeOperationParts {
  readonly database: Pick<Database, 'read'>;
  readonly acts: Pick<ActRunner, 'run' | 'promisedBefore'>;
  readonly operations: Pick<OperationStore, 'find' | 'count' | 'hasRecord' | 'addRecord' | 'put'>;
  readonly logWriter: Pick<ContentLogWriter, 'facts' | 'sender' | 'state' | 'place'>;
  readonly compartments: Pick<CompartmentReader, 'placedBy'>;
}

/** What became of a record of an operation. */
export type OperationOutcome =
  | ({ readonly kind: 'posted' } & PlacedItem)
  | { readonly kind: 'stale'; readonly head: MovedHead };

/** A member acts in an operation: the item takes its place in the log and the operation its new state, in one transaction. */
export class ChangeOperation {
  readonly #parts: ChangeOperationParts;

  constructor(parts: ChangeOperationParts) {
    this.#parts = parts;
  }

  /**
   * An act that came before with effect is answered with that effect. A vote, entry, endorsement or debrief whose object
   * id was taken before is `operation/twice`: its effect stands once.
   * @throws RefusedError `access/refused`, and what `applyOperation` throws (`operation/stale` names the version in force);
   * VerificationError `operations/item`; CodecError; whatever the chain's rules throw.
   */
  async run(ctx: RequestContext, bytes: Uint8Array): Promise<Answered<OperationOutcome>> {
    try {
      return answered(await this.#parts.acts.run(ctx, 'mutation.changeOperation', () => this.#plan(ctx, bytes)));
    } catch (error) {
      const earlier = isRepeated(error) ? await this.#earlier(ctx) : undefined;
      if (earlier === undefined) throw error;
      return earlier;
    }
  }

  #plan(ctx: RequestContext, bytes: Uint8Array): ActPlan<OperationOutcome> {
    const { logWriter, operations } = this.#parts;
    const item = parseItem(bytes);
    const { itemClass, operation: facts } = item.header;
    if (itemClass !== itemClasses.operation || facts === undefined) throw wrongItem();
    return {
      ...item.subject,
      facts: (reader) => logWriter.facts(reader, ctx, item),
      perform: async (writer, act) => {
        if (act === undefined) throw accessRefused('no-session');
        if (item.header.senderDevice !== ctx.principal?.deviceId) throw accessRefused('not-own');
        const sender = logWriter.sender(writer, item);
        const placed = await logWriter.place(writer, item, act);
        if ('refusal' in placed) return { result: { kind: 'stale', head: placed.head }, refusal: placed.refusal };
        const chain = logWriter.state(writer, item);
        if (sender === undefined || chain === undefined) throw accessRefused('not-a-member');
        const stored = await this.#changed(writer, { item, facts, sender, placed, chain });
        await this.#noteOwn(writer, item, facts, act.act.actId);
        await operations.put(writer, stored, act.act.actId);
        return { result: { kind: 'posted', ...placed }, what: whatOf(item, facts, stored.status) };
      },
    };
  }

  async #changed(reader: Reader, { item, facts, sender, placed, chain }: JudgedRecord): Promise<StoredOperation> {
    const { operations } = this.#parts;
    const { caseId, compartmentId } = item.header;
    const before = await operations.find(reader, compartmentId, facts.operationId);
    const own = ownRecordOf(item, facts);
    if (own !== undefined && (await operations.hasRecord(reader, own))) refuse('operation/twice');
    const isFirst = before === undefined && facts.act === 'plan';
    if (isFirst && (await operations.count(reader, compartmentId)) >= limits.maxOperations) refuse('operation/limit');
    const known = before && withoutVotesOf(before.status, departedSince(chain, before.position));
    const status = applyOperation(known, recordOf(item, facts, { sender, place: placed.position }));
    const sinceMs = status.stage === before?.status.stage ? before.sinceMs : placed.receivedAtMs;
    return { caseId, compartmentId, status, position: placed.position, sinceMs };
  }

  async #noteOwn(
    writer: Writer,
    item: ParsedItem,
    facts: OperationFacts,
    act: Parameters<OperationStore['addRecord']>[2],
  ): Promise<void> {
    const own = ownRecordOf(item, facts);
    if (own !== undefined) await this.#parts.operations.addRecord(writer, own, act);
  }

  async #earlier(ctx: RequestContext): Promise<Answered<OperationOutcome> | undefined> {
    const reading = databasePrincipalOf(ctx.principal);
    return this.#parts.database.read(reading, (reader) => postedEarlier(reader, ctx, this.#parts));
  }
}

interface JudgedRecord {
  readonly item: ParsedItem;
  readonly facts: OperationFacts;
  readonly sender: Member;
  readonly placed: PlacedItem;
  readonly chain: ChainState;
}

/** SPEC: operations 1 — own records are told apart by their object ids, commands by their versions. */
function ownRecordOf({ header }: ParsedItem, { operationId }: OperationFacts): OwnRecord | undefined {
  const { compartmentId, objectId } = header;
  return objectId === operationId ? undefined : { compartmentId, operationId, objectId };
}

function recordOf(
  { bytes, header }: ParsedItem,
  facts: OperationFacts,
  { sender, place }: { readonly sender: Member; readonly place: number },
): OperationRecord {
  const { personId, deviceId, state, role } = sender;
  return {
    ...{ facts, objectId: header.objectId, version: header.version, itemHash: itemHash(decodeSignedItem(bytes)) },
    ...{ place, author: { personId, deviceId, state, role }, time: header.time },
    ...{ headTimeMs: header.directoryHead.timeMs, logSize: header.logHead.size },
  };
}

function whatOf({ bytes }: ParsedItem, { act }: OperationFacts, { stage }: OperationStatus) {
  const objectHash = itemHash(decodeSignedItem(bytes));
  const detail = `operation act=${act} stage=${stage}`;
  return { objectHash, objectKind: auditObjectKinds.item, bytes: bytes.length, count: 1, detail };
}
