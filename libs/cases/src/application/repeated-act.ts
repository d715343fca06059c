import type { RequestContext } from '@rogatory/access';
import { decodeSignedAct } from '@rogatory/protocol';
import type { Reader } from '@rogatory/platform-database';
import type { PlacedEntry } from '../domain/content-entry.js';
import type { CompartmentReader } from './compartment.store.js';

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
