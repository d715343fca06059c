import { equalBytes, fromBase64Url, VerificationError } from '@rogatory/kernel';
import { checkCommitment, sha256 } from '@rogatory/crypto/verify';
import {
  type AuditEventCode,
  type AuditWhat,
  decodeAuditLeaf,
  decodeAuditWhat,
  type LogEnding,
  type LogHead,
  parseLogClosing,
  parseLogSuccession,
} from '@rogatory/protocol';
import {
  type CheckpointTrust,
  encodeNote,
  encodeVerifierKey,
  isConsistent,
  keyTypes,
  openAbandonment,
  openCheckpoint,
  parseNote,
  parseTlogProof,
  parseVerifierKey,
  type SignedCheckpoint,
  type VerifierKey,
  verifyTlogProof,
} from '@rogatory/tlog';

/** A record that a log makes of itself, as told. */
export interface ToldWord {
  readonly leaf: Uint8Array;
  readonly opening: Uint8Array;
  readonly bytes: Uint8Array;
  readonly proof: Uint8Array;
}

/** What a server says of how one log follows another. */
export interface ToldSuccession {
  readonly reason: string;
  readonly checkpoint: Uint8Array;
  readonly consistency: readonly Uint8Array[];
  readonly closing: ToldWord | undefined;
  readonly abandonment: Uint8Array | undefined;
  readonly genesis: ToldWord;
}

/** The log that a device knows and is to leave. */
export interface KnownLog {
  readonly trust: CheckpointTrust;
  /** The newest head of it that was verified; size 0 for none. */
  readonly head: LogHead;
  /** Throws where a quorum is asked for and does not vouch for the head in this note. */
  readonly vouch: (note: Uint8Array, trust: CheckpointTrust) => void;
}

/** A log that proved to follow another. */
export interface FollowedLog {
  readonly reason: LogEnding;
  /** Last head of the log before. */
  readonly final: LogHead;
  /** Key of the log that follows, in its text form. */
  readonly key: string;
  readonly origin: string;
  /** A head of the log that follows. */
  readonly head: SignedCheckpoint;
  /** When it began, by the server's clock. */
  readonly begunMs: number;
}

/**
 * The log that follows, once the log that is known says itself that it ended and which one goes on, and that one says the same.
 * SPEC: audit 15
 * @throws VerificationError `evidence/succession` with the reason: `shrank`, `fork`, `closing`, `abandonment`, `place`, `genesis` or
 * `record`; `tlog/…` and CodecError for what is not signed or not formed as it must be; what `vouch` throws.
 */
export function verifySuccession(told: ToldSuccession, known: KnownLog): FollowedLog {
  const { trust, vouch } = known;
  const final = openCheckpoint(told.checkpoint, trust);
  vouch(told.checkpoint, trust);
  const [reason, nextKey] = wordOfOld(told, trust, final);
  requireExtension(known.head, final, { consistency: told.consistency, isAbandoned: reason === 'abandoned' });
  const next = { origin: nextKey.name, logKeys: [nextKey] };
  // The log of another server is no continuation of this one, whoever signs that it is.
  if (nextKey.type !== keyTypes.log || placeOf(nextKey.name) !== placeOf(trust.origin)) throw unproven('place');
  const { what, index, checkpoint, timeMs } = openWord(told.genesis, 'log.genesis', next);
  vouch(parseTlogProof(told.genesis.proof).checkpoint, next);
  const { previousOrigin, size, root, reason: named } = parseLogSuccession(what.detail);
  const isFinal = previousOrigin === trust.origin && size === final.size && equalBytes(root, final.root);
  const isSigned =
    what.objectHash !== undefined && equalBytes(what.objectHash, sha256(signedByLog(told.checkpoint, trust)));
  if (index !== 0 || !isFinal || named !== reason || !isSigned) throw unproven('genesis');
  const head = { size: final.size, root: final.root };
  return {
    reason,
    final: head,
    key: encodeVerifierKey(nextKey),
    origin: nextKey.name,
    head: checkpoint,
    begunMs: timeMs,
  };
}

/** The old log's own word on what follows: its last record, or the note of its signer where it could not go on. */
function wordOfOld(
  { reason, closing, abandonment }: ToldSuccession,
  trust: CheckpointTrust,
  final: LogHead,
): readonly [LogEnding, VerifierKey] {
  if (reason === 'abandoned') {
    if (abandonment === undefined) throw unproven('abandonment');
    const { size, root, nextKey } = openAbandonment(abandonment, trust);
    if (size !== final.size || !equalBytes(root, final.root)) throw unproven('abandonment');
    return ['abandoned', nextKey];
  }
  if (closing === undefined) throw unproven('closing');
  const { what, index, checkpoint } = openWord(closing, 'log.shard.close', trust);
  const isLast = index === final.size - 1 && checkpoint.size === final.size && equalBytes(checkpoint.root, final.root);
  const { nextKey, reason: named } = parseLogClosing(what.detail);
  if (!isLast || named !== reason) throw unproven('closing');
  return [named, parseVerifierKey(nextKey)];
}

function openWord(word: ToldWord, event: AuditEventCode, trust: CheckpointTrust) {
  const leaf = decodeAuditLeaf(word.leaf);
  const commitment = leaf.com.what;
  if (leaf.ev !== event || commitment === undefined) throw unproven('record');
  checkCommitment({ label: 'what', opening: word.opening, bytes: word.bytes }, fromBase64Url(commitment));
  const what: AuditWhat = decodeAuditWhat(word.bytes);
  const proof = parseTlogProof(word.proof);
  const { index, checkpoint } = verifyTlogProof(word.leaf, proof, (note) => openCheckpoint(note, trust));
  return { what, index, checkpoint, timeMs: leaf.t };
}

/** Of an abandoned log the tiles are gone that would lead from a smaller head to the last one: its signature stands for it. */
function requireExtension(
  known: LogHead,
  final: LogHead,
  { consistency, isAbandoned }: { readonly consistency: readonly Uint8Array[]; readonly isAbandoned: boolean },
): void {
  if (known.size === 0) return;
  if (final.size < known.size) throw unproven('shrank');
  if (final.size === known.size) {
    if (!equalBytes(final.root, known.root)) throw unproven('fork');
    return;
  }
  if (isAbandoned) return;
  const heads = { firstSize: known.size, firstRoot: known.root, secondSize: final.size, secondRoot: final.root };
  if (!isConsistent({ ...heads, proof: consistency })) throw unproven('fork');
}

/** A checkpoint without its cosignatures, which may be added to for as long as anybody cosigns. */
function signedByLog(bytes: Uint8Array, { origin }: CheckpointTrust): Uint8Array {
  const { text, signatures } = parseNote(bytes);
  return encodeNote({ text, signatures: signatures.filter(({ name }) => name === origin) });
}

function placeOf(origin: string): string {
  return origin.slice(0, origin.lastIndexOf('/'));
}

function unproven(reason: string): VerificationError<'evidence/succession'> {
  return new VerificationError('evidence/succession', 'nothing shows that this log follows that one', {
    details: { reason },
  });
}
