import { type CaseId, type CompartmentId, concatBytes, idBytes, type RandomBytes, Secret } from '@rogatory/kernel';
import { aeadOpen, aeadSeal, commitToKey, deriveKey } from '@rogatory/crypto/seal';
import { checkSuite, isEqualConstantTime } from '@rogatory/crypto/verify';
import { aeadPurposes, ByteWriter, type Context, contexts, sizes, type Suite } from '@rogatory/protocol';
import { epochKeyError } from '../e2ee.errors.js';

/** What every key of an epoch is bound to. The context hash covers membership, body and history of its link. */
export interface EpochContext {
  readonly suite: Suite;
  readonly caseId: CaseId;
  readonly compartmentId: CompartmentId;
  readonly epoch: number;
  /** Hash of the bytes up to and with `memberRoot` of the link that began the epoch. */
  readonly contextHash: Uint8Array;
}

/** The two public commitments that a link makes to its epoch's keys. */
export interface EpochCommitments {
  readonly keyCommit: Uint8Array;
  readonly readCommit: Uint8Array;
}

const NO_BASE = new Uint8Array(sizes.key);

function shortContext({ suite, contextHash }: EpochContext): Uint8Array {
  checkSuite(suite);
  return new ByteWriter().u16(suite).fixed(contextHash, sizes.hash).finish();
}

function fullContext(context: EpochContext): Uint8Array {
  checkSuite(context.suite);
  return new ByteWriter()
    .u16(context.suite)
    .fixed(idBytes(context.caseId), 32)
    .fixed(idBytes(context.compartmentId), 32)
    .u32(context.epoch)
    .fixed(context.contextHash, sizes.hash)
    .finish();
}

/**
 * A fresh epoch key K_e. The base key is mixed in so that a failing random source alone does not give the key away.
 * SPEC: keys 1: K_e = BLAKE2b-256(key = random 32, "rogatory/epoch-key/v1\0" ‖ suite ‖ ctx ‖ K_base or 0^32)
 */
export function makeEpochKey(random: RandomBytes, context: EpochContext, baseKey: Secret | undefined): Secret {
  const coins = new Secret(random(sizes.key));
  const derive = (base: Uint8Array): Secret => deriveKey(coins, contexts.epochKey, shortContext(context), base);
  try {
    return baseKey === undefined ? derive(NO_BASE) : baseKey.use(derive);
  } finally {
    coins.wipe();
  }
}

/**
 * R_e, which opens epoch e alone.
 * SPEC: keys 1: R_e = BLAKE2b-256(key = K_e, "rogatory/read/v1\0" ‖ suite ‖ caseId ‖ compartmentId ‖ e u32 ‖ ctx)
 */
export function deriveReadKey(chainKey: Secret, context: EpochContext): Secret {
  return deriveKey(chainKey, contexts.read, fullContext(context));
}

/** SPEC: keys 1: keyCommit over K_e and readCommit over R_e, both keyed by the key, over suite ‖ ctx. */
export function commitmentsOf(chainKey: Secret, context: EpochContext): EpochCommitments {
  const readKey = deriveReadKey(chainKey, context);
  try {
    return {
      keyCommit: commitToKey(chainKey, contexts.keyCommit, shortContext(context)),
      readCommit: readCommitOf(readKey, context),
    };
  } finally {
    readKey.wipe();
  }
}

function readCommitOf(readKey: Secret, context: EpochContext): Uint8Array {
  return commitToKey(readKey, contexts.readCommit, shortContext(context));
}

/**
 * Whether K_e fits the link: both commitments, since a link whose readCommit belongs to another key would split those
 * who hold K from those who were given R.
 */
export function isChainKey(key: Secret, context: EpochContext, commitments: EpochCommitments): boolean {
  const made = commitmentsOf(key, context);
  const keyFits = isEqualConstantTime(made.keyCommit, commitments.keyCommit);
  return isEqualConstantTime(made.readCommit, commitments.readCommit) && keyFits;
}

/** Whether R_e fits the link. */
export function isReadKey(key: Secret, context: EpochContext, commitments: EpochCommitments): boolean {
  return isEqualConstantTime(readCommitOf(key, context), commitments.readCommit);
}

/** What a key derived from R_e is for: sealing items, wrapping file keys, sealing exports. */
export type EpochKeyUse = 'item' | 'wrap' | 'export';
const useContexts: Readonly<Record<EpochKeyUse, Context>> = {
  item: contexts.itemKey,
  wrap: contexts.wrapKey,
  export: contexts.exportKey,
};

/** SPEC: keys 1: S_use = BLAKE2b-256(key = R_e, use context ‖ suite ‖ caseId ‖ compartmentId ‖ e u32 ‖ ctx) */
export function deriveUseKey(readKey: Secret, use: EpochKeyUse, context: EpochContext): Secret {
  return deriveKey(readKey, useContexts[use], fullContext(context));
}

function archiveKey(chainKey: Secret, context: EpochContext): Secret {
  return deriveKey(chainKey, contexts.archive, context.contextHash);
}

/**
 * The key of the base epoch, sealed for whoever holds K_e: 104 bytes.
 * SPEC: keys 2: archive_e = aead(BLAKE2b-256(key = K_e, "rogatory/archive/v1\0" ‖ ctx), K_base, aad = ctx)
 */
export function sealArchive(random: RandomBytes, chainKey: Secret, context: EpochContext, baseKey: Secret): Uint8Array {
  const secret = archiveKey(chainKey, context);
  const aad = context.contextHash;
  try {
    return baseKey.use((plaintext) => aeadSeal({ secret, purpose: aeadPurposes.archive, random, plaintext, aad }));
  } finally {
    secret.wipe();
  }
}

/** @throws VerificationError `crypto/open`, `e2ee/epoch-key` when it holds no key. */
export function openArchive(archive: Uint8Array, chainKey: Secret, context: EpochContext): Secret {
  const secret = archiveKey(chainKey, context);
  try {
    const key = aeadOpen({ secret, purpose: aeadPurposes.archive, sealed: archive, aad: context.contextHash });
    if (key.length !== sizes.key) throw epochKeyError();
    return new Secret(key);
  } finally {
    secret.wipe();
  }
}

/** A second holder of the same key, so that wiping one leaves the other. */
export function copySecret(secret: Secret): Secret {
  return new Secret(secret.use((bytes) => concatBytes(bytes)));
}
