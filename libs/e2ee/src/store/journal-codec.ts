import { limits } from '@rogatory/kernel';
import { type ByteReader, type ByteWriter, sizes } from '@rogatory/protocol';
import { stateCodecError } from '../e2ee.errors.js';
import type { PendingItem, SenderJournal } from '../items/sender-journal.js';

/** SPEC: key-store 5: accepted { number u64, hash 32 } ‖ last number u64 ‖ voided u16 × { number u64, hash 32 } ‖ pending u8 ‖ { hash 32, bytes u32+ } */
export function writeSenderJournal(writer: ByteWriter, journal: SenderJournal): void {
  writer.u64(journal.accepted.senderSeq).fixed(journal.accepted.itemHash, sizes.hash).u64(journal.lastSeq);
  writer.u16(journal.voided.length);
  for (const { senderSeq, itemHash } of journal.voided) writer.u64(senderSeq).fixed(itemHash, sizes.hash);
  writer.u8(journal.pending === undefined ? 0 : 1);
  if (journal.pending !== undefined) writer.fixed(journal.pending.itemHash, sizes.hash).bytes32(journal.pending.bytes);
}

export function readSenderJournal(reader: ByteReader): SenderJournal {
  const accepted = { senderSeq: reader.u64(), itemHash: reader.fixed(sizes.hash) };
  const lastSeq = reader.u64();
  const count = reader.u16();
  if (lastSeq < accepted.senderSeq || count > limits.maxRememberedVoids) throw stateCodecError();
  const voided = Array.from({ length: count }, () => ({ senderSeq: reader.u64(), itemHash: reader.fixed(sizes.hash) }));
  if (reader.oneOf(reader.u8(), [0, 1]) === 0) return { accepted, lastSeq, voided };
  if (lastSeq === accepted.senderSeq) throw stateCodecError();
  const pending: PendingItem = {
    senderSeq: lastSeq,
    itemHash: reader.fixed(sizes.hash),
    bytes: reader.bytes32(limits.maxItemBytes),
  };
  return { accepted, lastSeq, voided, pending };
}
