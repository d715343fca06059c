import { isRogatoryError } from '@rogatory/kernel';
import type { RequestContext } from '@rogatory/access';
import type { ActRunner, PromisedRecord } from '@rogatory/audit';
import { decodeSignedAct } from '@rogatory/protocol';
import type { Reader } from '@rogatory/platform-database';
import type { PlacedEntry } from '../domain/content-entry.js';
import type { Answered } from './acted.js';
import type { CompartmentReader } from './compartment.store.js';
import type { PlacedItem } from './content-log-writer.js';

interface RepeatedActParts {
  readonly acts: Pick<ActRunner, 'promisedBefore'>;
  readonly compartments: Pick<CompartmentReader, 'placedBy'>;
}

/** What an act that comes again is refused with: its id is taken, or the item that it brings stands in the log already. */
const REPEATED: ReadonlySet<string> = new Set(['audit/duplicate-act', 'chain/sender-sequence']);

/** Whether an act may have been refused because it came before: `postedEarlier` then tells. */
export function isRepeated(error: unknown): boolean {
  return isRogatoryError(error) && REPEATED.has(error.code);
}

/**
 * What the request's act put into content logs when it came before: entries of this very device, under the policies of
 * the reader. Undefined when it had no such effect.
 */
export async function placedEarlier(
  reader: Reader,
  { principal, claim }: RequestContext,
  compartments: Pick<CompartmentReader, 'placedBy'>,
): Promise<readonly [PlacedEntry, ...PlacedEntry[]] | undefined> {
  if (principal === undefined || claim.actBytes === undefined) return undefined;
  const { act } = decodeSignedAct(claim.actBytes);
  const placed = await compartments.placedBy(reader, act.actId);
  const [first, ...rest] = placed.filter(({ authorDevice }) => authorDevice === principal.deviceId);
  return first && [first, ...rest];
}

/** What a post answers that came before with the same act: its place, and its receipt. Undefined when none did. */
export async function postedEarlier(
  reader: Reader,
  ctx: RequestContext,
  { acts, compartments }: RepeatedActParts,
): Promise<Answered<{ readonly kind: 'posted' } & PlacedItem> | undefined> {
  const placed = await placedEarlier(reader, ctx, compartments);
  if (placed === undefined) return undefined;
  const [{ position, root, receivedAtMs }] = placed;
  const receipt = await receiptOfAct(reader, ctx, acts);
  const result = { kind: 'posted', position, contentSize: position + 1, contentRoot: root, receivedAtMs } as const;
  return { result, ...(receipt && { receipt }) };
}

/** The receipt of the request's own act once its record is committed, however the act ended. */
export async function receiptOfAct(
  reader: Reader,
  { claim }: RequestContext,
  acts: Pick<ActRunner, 'promisedBefore'>,
): Promise<PromisedRecord | undefined> {
  if (claim.actBytes === undefined) return undefined;
  return acts.promisedBefore(reader, decodeSignedAct(claim.actBytes).act.actId);
}
