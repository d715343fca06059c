import { type CompartmentId, fromBase64Url, limits, utf8 } from '@rogatory/kernel';
import { checkCommitment } from '@rogatory/crypto/verify';
import {
  type CompartmentSubject,
  decodeAuditLeaf,
  decodeAuditWhat,
  type EpochEntry,
  epochSubjectKinds,
} from '@rogatory/protocol';
import { parseTlogProof, type SignedCheckpoint, verifyTlogProof } from '@rogatory/tlog';
import { originOf } from '../acts/known-logs.js';
import { type EntryPlace, epochFactsOf, provenEntry } from '../audit/completeness.js';
import { verificationError } from '../client.errors.js';
import { asBytes, asList, asText } from '../transport/answer.js';

/** What a server shows for what an epoch says of a compartment; nothing of it is believed yet. */
export interface ToldAnchor {
  readonly leaf: unknown;
  readonly whatOpening: unknown;
  readonly what: unknown;
  readonly proof: unknown;
  readonly opening: unknown;
  readonly entry: unknown;
  readonly siblings: unknown;
}

/** What an epoch of the audit log says of a compartment, found in the log. */
export interface ProvenAnchor {
  readonly entry: EpochEntry<CompartmentSubject>;
  /** Server's time of the epoch, UTC milliseconds. */
  readonly epochMs: number;
}

export interface AnchorTrust {
  /** Of the log that takes records. */
  readonly origin: EntryPlace['origin'];
  /** A head of it, signed by the log and vouched for by the quorum where one is pinned. */
  readonly openHead: (note: Uint8Array) => SignedCheckpoint;
}

/**
 * SPEC: review 2.8: the record is an epoch of the log that takes records, in a head that the quorum cosigned, and its map holds
 * the entry of this compartment.
 * @throws VerificationError, CodecError unless all of it holds; `client/anchor-missing` for an epoch of another log.
 */
export function provenAnchor(told: ToldAnchor, compartmentId: CompartmentId, trust: AnchorTrust): ProvenAnchor {
  const leafBytes = asBytes(told.leaf);
  const proof = parseTlogProof(utf8(asText(told.proof)));
  // The last word of a log that ended is true for ever, and as old as that.
  if (originOf(proof.checkpoint) !== trust.origin) throw verificationError('client/anchor-missing');
  const { index } = verifyTlogProof(leafBytes, proof, trust.openHead);
  const leaf = decodeAuditLeaf(leafBytes);
  const bytes = asBytes(told.what);
  const commitment = leaf.com.what;
  if (commitment === undefined) throw verificationError('client/answer');
  checkCommitment({ label: 'what', opening: asBytes(told.whatOpening), bytes }, fromBase64Url(commitment));
  const { facts, timeMs } = epochFactsOf({ leaf, groups: { what: decodeAuditWhat(bytes) }, index });
  const subject = { kind: epochSubjectKinds.compartment, compartmentId } as const;
  return { entry: provenEntry(told, subject, { root: facts.root, origin: trust.origin }), epochMs: timeMs };
}

/** The same for a file: what a server showed, as it is kept when it does not fit what was replayed. */
export function anchorFile(told: ToldAnchor): Readonly<Record<string, unknown>> {
  const siblings = asList(told.siblings, limits.maxPositionDepth).map(asText);
  const [leaf, whatOpening, what] = [asText(told.leaf), asText(told.whatOpening), asText(told.what)];
  const [proof, opening, entry] = [asText(told.proof), asText(told.opening), asText(told.entry)];
  return { leaf, whatOpening, what, proof, opening, entry, siblings };
}
