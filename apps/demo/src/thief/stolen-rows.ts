/** The rows of a copied database that matter to somebody who wants to read on: sealed bytes, in base64. */
export interface StolenRows {
  /** Content logs, in order. */
  readonly entries: readonly {
    readonly compartmentId: string;
    readonly position: number;
    readonly isLink: boolean;
    readonly bytes: string;
    readonly receivedAtMs: number;
  }[];
  readonly boxes: readonly { readonly compartmentId: string; readonly seq: number; readonly bytes: string }[];
}
