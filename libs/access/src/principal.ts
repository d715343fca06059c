import type { AuthorityId, DeviceId, PersonId, PostId } from '@rogatory/kernel';
import type { PostKind } from '@rogatory/protocol';

/** Who acts: a live device of a certified person, proven by login. */
export interface Principal {
  readonly deviceId: DeviceId;
  readonly personId: PersonId;
  readonly postId: PostId;
  readonly authorityId: AuthorityId;
  /** ISO 3166 state of the authority, or "EU". */
  readonly state: string;
  readonly postKind: PostKind;
  /** Mask of `1 << role`: the highest roles the certificate lets this person hold. */
  readonly roleCeiling: number;
  /** The device's Ed25519 key, for the acts it signs. */
  readonly signingKey: Uint8Array;
  readonly sessionId: string;
}

/** Where a request came from, as far as the transport vouches for it. */
export interface RequestSource {
  /** Peer address, or the one a declared trusted proxy reports. */
  readonly address: string;
  /** What the client says of itself; at most 100 characters, never trusted. */
  readonly clientBuild: string;
}

/** A device's signed statement as it came, not yet verified. */
export interface ClaimedAct {
  readonly actBytes?: Uint8Array;
  readonly whyOpening?: Uint8Array;
  readonly whyBytes?: Uint8Array;
}

/** The first argument of every use case. */
export interface RequestContext {
  readonly requestId: string;
  readonly principal?: Principal;
  readonly source: RequestSource;
  readonly claim: ClaimedAct;
}
