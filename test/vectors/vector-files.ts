import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { objectFiles } from './object-files.mjs';

/** What an object is expected to decode to: JSON with bytes in hexadecimal. */
export type Plain = string | number | boolean | readonly Plain[] | { readonly [name: string]: Plain };

export interface ValidVector {
  readonly kind: string;
  readonly name: string;
  readonly description: string;
  readonly bytes: string;
  /** Public key, or keys in a row, where the object does not carry its signer's. */
  readonly signer?: string;
  readonly value: { readonly [name: string]: Plain };
  readonly derived: { readonly [name: string]: string };
}

export interface InvalidVector {
  readonly kind: string;
  readonly name: string;
  readonly expected: 'refused';
  readonly family: 'codec' | 'verification';
  readonly code: string;
  readonly bytes: string;
  readonly signer?: string;
}

export interface VectorFile {
  readonly format: 'rogatory vectors 1';
  readonly valid: readonly ValidVector[];
  readonly invalid: readonly InvalidVector[];
}

export interface LinkEntry {
  readonly kind: 'link';
  readonly bytes: string;
  readonly linkHash: string;
  readonly contextHash: string;
  readonly boxes: readonly string[];
}

export interface ItemEntry {
  readonly kind: 'item';
  readonly bytes: string;
  readonly itemHash: string;
  readonly content: string;
}

export interface EpochKeys {
  readonly epoch: number;
  readonly contextHash: string;
  readonly chainKey?: string;
  readonly readKey: string;
  readonly item: string;
  readonly wrap: string;
  readonly export: string;
}

export interface DeviceSeeds {
  readonly deviceId: string;
  readonly personId: string;
  readonly signingSeed: string;
  readonly kemSeed: string;
  readonly prekeys: readonly { readonly prekeyHash: string; readonly seed: string }[];
}

export interface HistoryFile {
  readonly federation: { rootHash: string; entries: readonly string[]; head: { size: number; root: string } };
  readonly devices: readonly DeviceSeeds[];
  readonly persons: readonly { personId: string; digest: string; words: string[]; digits: string[] }[];
  readonly compartments: readonly {
    readonly compartmentId: string;
    readonly entries: readonly (LinkEntry | ItemEntry)[];
    readonly epochs: readonly EpochKeys[];
    readonly contentHead: { readonly size: number; readonly root: string };
    readonly members: readonly string[];
  }[];
  readonly readable: readonly { readonly deviceId: string; readonly epochs: readonly number[] }[];
  readonly complaint: { readonly bytes: string; readonly complaintHash: string };
  readonly heartbeat: { readonly bytes: string };
  readonly disclosure: { readonly deviceId: string; readonly itemHash: string };
  readonly file: { readonly stored: string; readonly content: string; readonly dek: string };
  readonly caseFingerprint: readonly string[];
}

interface Signature {
  readonly name: string;
  readonly purpose: number;
  readonly message: string;
  readonly signature: string;
}

export interface FileVector {
  readonly size: number;
  readonly fileId: string;
  readonly dek: string;
  readonly salt: string;
  readonly header: string;
  readonly headerHash: string;
  readonly paddedSize: number;
  readonly storedSize: number;
  readonly leaves: readonly string[];
  readonly root: string;
}

export interface PrimitivesFile {
  readonly hashes: {
    readonly part: string;
    readonly key: string;
    readonly contexts: readonly { context: string; hash: string; keyed32: string; keyed64: string }[];
  };
  readonly signatures: { seed: string; publicKey: string; valid: readonly Signature[]; refused: readonly Signature[] };
  readonly sealed: {
    readonly secret: string;
    readonly valid: readonly { purpose: number; plaintext: string; aad: string; sealed: string; messageKey: string }[];
    readonly rest: { monthKey: string; aad: string; plaintext: string; sealed: string };
  };
  readonly kem: { seed: string; publicKey: string; coins: string; ciphertext: string; sharedSecret: string };
  readonly keySchedule: EpochKeys & {
    readonly suite: number;
    readonly caseId: string;
    readonly compartmentId: string;
    readonly coins: string;
    readonly baseKey: string;
    readonly chainKey: string;
    readonly firstChainKey: string;
    readonly keyCommit: string;
    readonly readCommit: string;
    readonly archive: string;
  };
  readonly box: { seed: string; contextHash: string; box: string; entries: string };
  readonly boxTree: { boxes: readonly string[]; root: string; proofs: readonly (readonly string[])[] };
  readonly padme: readonly { size: number; padded: number }[];
  readonly padded: readonly { content: string; padded: string }[];
  readonly files: readonly FileVector[];
  readonly commitments: readonly { label: string; opening: string; bytes: string; commitment: string }[];
  readonly payloads: readonly { parts: readonly string[]; payloadHash: string }[];
  readonly fingerprint: { digest: string; words: string[]; digits: string[] };
  readonly passphrase: { passphrase: string; passes: number; memoryBytes: number; salt: string; key: string };
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(import.meta.dirname, `${name}.json`), 'utf8'));
}

export const objectVectors = objectFiles.map((name) => read(name) as VectorFile);
export const validVectors = objectVectors.flatMap(({ valid }) => valid);
export const invalidVectors = objectVectors.flatMap(({ invalid }) => invalid);
export const history = read('history') as HistoryFile;
export const primitives = read('primitives') as PrimitivesFile;

/** The content of the file vectors: byte i is (i * 31 + (i >> 8)) mod 256. */
export function fileContent(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) % 256);
}
