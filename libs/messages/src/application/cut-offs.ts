import type { CompartmentId } from '@rogatory/kernel';
import type { Principal } from '@rogatory/access';

/** Where every open channel waits for the end of its right. */
export interface CutOffs {
  /**
   * Calls `cut` once, when the principal or its device's access to the compartment ends; at once when it has ended.
   * MUST do so before whoever ended it is answered, on this server. `isSure` is false where a server that missed something
   * cannot tell whose right ended. @returns stops watching.
   */
  watch(principal: Principal, compartmentId: CompartmentId | undefined, cut: (isSure: boolean) => void): () => void;
  /** Whether the principal may still act: looked at again before each delivery. No I/O. */
  stands(principal: Principal): boolean;
}
