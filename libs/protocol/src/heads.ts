import type { ByteReader, ByteWriter } from './codec.js';
import { sizes } from './purposes.js';

/** The head of an RFC 6962 log: size in leaves and SHA-256 root. */
export interface LogHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** A directory head as its reader knows it: the time is that of the checkpoint, in milliseconds. */
export interface DirectoryHead extends LogHead {
  readonly timeMs: number;
}

/** The head of a chain: the sequence number and hash of its newest link. */
export interface ChainHead {
  readonly seq: number;
  readonly linkHash: Uint8Array;
}

export function writeLogHead(writer: ByteWriter, head: LogHead): void {
  writer.u64(head.size).fixed(head.root, sizes.hash);
}

export function readLogHead(reader: ByteReader): LogHead {
  return { size: reader.u64(), root: reader.fixed(sizes.hash) };
}

export function writeDirectoryHead(writer: ByteWriter, head: DirectoryHead): void {
  writeLogHead(writer, head);
  writer.time(head.timeMs);
}

export function readDirectoryHead(reader: ByteReader): DirectoryHead {
  return { ...readLogHead(reader), timeMs: reader.time() };
}

export function writeChainHead(writer: ByteWriter, head: ChainHead): void {
  writer.u64(head.seq).fixed(head.linkHash, sizes.hash);
}

export function readChainHead(reader: ByteReader): ChainHead {
  return { seq: reader.u64(), linkHash: reader.fixed(sizes.hash) };
}
