import type { Principal, RequestContext } from '@rogatory/access';
import type { VerifiedAct } from '@rogatory/audit';
import type { MovedHead, ParsedItem, PlacedItem } from '@rogatory/cases';

/** One item that its own device states to submit. */
export interface Post {
  readonly ctx: RequestContext;
  readonly principal: Principal;
  readonly item: ParsedItem;
  readonly act: VerifiedAct;
}

export type PostOutcome =
  | ({ readonly kind: 'posted' } & PlacedItem)
  | { readonly kind: 'stale'; readonly head: MovedHead };
