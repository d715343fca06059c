import type { DeviceId, PersonId, RandomBytes } from '@rogatory/kernel';
import type { SigningKey } from '@rogatory/crypto/sign';
import type { ChainFacts, ChainState, LinkFacts } from '@rogatory/chain';
import type { DirectoryView, DirectoryViews } from '@rogatory/pki';
import type { DirectoryHead, SignedLink, SignedTime } from '@rogatory/protocol';
import type { EpochKeyring } from '../keys/epoch-keyring.js';
import type { RecipientJudgement } from '../keys/recipient.js';
import type { TrustDecisions } from '../trust/contacts.js';

/** The device that makes a link. */
export interface LinkAuthor {
  readonly deviceId: DeviceId;
  readonly personId: PersonId;
  readonly signingKey: SigningKey;
}

/** What every new link is made from, whatever it does. All of it was verified by this device. */
export interface AuthorScene {
  readonly author: LinkAuthor;
  /** The replayed directory, at least up to `directoryHead`. */
  readonly directory: DirectoryViews;
  /** The newest known checkpoint: what recipients are judged by. */
  readonly directoryHead: DirectoryHead;
  readonly isKnownHead?: ChainFacts['isKnownHead'];
  /** Prekeys as a server offers them; each is verified before use. */
  readonly prekeysOf: RecipientJudgement['prekeysOf'];
  /** Whom the user of this device trusts; keys go to nobody else. */
  readonly trust: TrustDecisions;
  readonly time: SignedTime;
  readonly random: RandomBytes;
}

/** An author in a compartment that exists. */
export interface LinkScene extends AuthorScene {
  readonly state: ChainState;
  /** The keys held in this compartment; never changed by composing. */
  readonly keyring: EpochKeyring;
  /** The case's root chain; for a further compartment only. */
  readonly root?: ChainState;
  /** For links that answer a complaint. */
  readonly complaint?: LinkFacts['complaint'];
}

/** A link that our own verifier has accepted. Journal it with its boxes before it is sent. */
export interface ComposedLink {
  readonly linkBytes: Uint8Array;
  /** Encoded, in ascending order of their devices. */
  readonly boxes: readonly Uint8Array[];
  readonly signed: SignedLink;
  /** The chain once the link is accepted. */
  readonly next: ChainState;
  /** The author's keys once the link is accepted. */
  readonly keyring: EpochKeyring;
  /** Recipients without a valid prekey, sealed to their certified key: shown to the user. */
  readonly weakRecipients: readonly DeviceId[];
  /** Epochs that a recipient is granted and the author could not give; another member can reseal them. */
  readonly ungivenEpochs: readonly number[];
}

export function viewOf(scene: AuthorScene): DirectoryView {
  return scene.directory.at(scene.directoryHead.size);
}

/** What the verifier is told about a link that is made now. */
export function factsOf(scene: AuthorScene & Partial<Pick<LinkScene, 'root' | 'complaint'>>): LinkFacts {
  const { directory, isKnownHead, root, complaint, time } = scene;
  return {
    directory,
    reception: { receivedAtMs: time.timeMs },
    ...(isKnownHead && { isKnownHead }),
    ...(root && { root }),
    ...(complaint && { complaint }),
  };
}
