import { type CompartmentId, toHex } from '@rogatory/kernel';
import { prepared, type Reader } from '@rogatory/platform-database';

// One row of a compartment has both heads, so that they are of one moment.
const allHeads = prepared(
  'cases/all-heads',
  'SELECT compartment_id, chain_seq, link_hash, content_size, content_root FROM compartment LIMIT $1',
);

interface StandingCompartment {
  readonly compartmentId: CompartmentId;
  readonly links: number;
  readonly linkHash: Uint8Array;
  readonly contentSize: number;
  readonly contentRoot: Uint8Array;
}

/** The audit part's `AnchoredCompartments`, from the one row that each compartment has. */
export class SqlAnchoredCompartments {
  async heads(reader: Reader, limit: number): Promise<readonly StandingCompartment[]> {
    return reader.queryRows(allHeads, [limit], (row) => ({
      compartmentId: toHex(row.bytes('compartment_id')) as CompartmentId,
      links: row.integer('chain_seq') + 1,
      linkHash: row.bytes('link_hash'),
      contentSize: row.integer('content_size'),
      contentRoot: row.bytes('content_root'),
    }));
  }
}
