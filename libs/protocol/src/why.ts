import { CodecError } from '@rogatory/kernel';
import { ByteReader, ByteWriter, valuesOf } from './codec.js';
import { sizes } from './purposes.js';

/** On what legal ground an access rests; the server sees the code, the free text only the oversight body. */
export const legalBases = {
  investigation: 1,
  jointInvestigationTeam: 2,
  europeanInvestigationOrder: 3,
  arrestWarrant: 4,
  freezingOrConfiscation: 5,
  informationExchange: 6,
  trial: 7,
  oversight: 8,
  administration: 9,
} as const;
export type LegalBasis = (typeof legalBases)[keyof typeof legalBases];
export type LegalBasisName = keyof typeof legalBases;

/** The purposes for which LED article 25(2) lets logs be used; every audit query states one. */
export const auditPurposes = {
  lawfulness: 1,
  selfMonitoring: 2,
  integrityAndSecurity: 3,
  criminalProceedings: 4,
} as const;
export type AuditPurpose = (typeof auditPurposes)[keyof typeof auditPurposes];
export type AuditPurposeName = keyof typeof auditPurposes;

/**
 * The reason for an access. Its group commitment (docs/spec/audit.md, label `why`, opening drawn by the device) stands in
 * the signed act and, the same 32 bytes, in the leaf.
 */
export interface Why {
  readonly legalBasis: LegalBasis;
  /** Reference of the instrument, such as a JIT or EIO number; may be empty. */
  readonly instrument: string;
  /** KEM ciphertext and AEAD of the free text, for the home oversight body; empty where none was given. */
  readonly kemCiphertext: Uint8Array;
  readonly sealedText: Uint8Array;
}

const MAGIC = 'RGW1';
const bases = valuesOf(legalBases);
const MAX_BYTES = 16 * 1024;

export function encodeWhy(why: Why): Uint8Array {
  const writer = new ByteWriter().raw(new TextEncoder().encode(MAGIC)).u8(why.legalBasis).text16(why.instrument);
  return writer.bytes16(why.kemCiphertext).bytes32(why.sealedText).finish();
}

export function decodeWhy(bytes: Uint8Array): Why {
  const reader = new ByteReader(bytes, MAX_BYTES).magic(MAGIC);
  const why: Why = {
    legalBasis: reader.oneOf(reader.u8(), bases),
    instrument: reader.text16(400),
    kemCiphertext: reader.bytes16(sizes.kemCiphertext),
    sealedText: reader.bytes32(MAX_BYTES),
  };
  reader.end();
  if (![0, sizes.kemCiphertext].includes(why.kemCiphertext.length)) throw new CodecError('codec/length', 'ciphertext');
  if ((why.kemCiphertext.length === 0) !== (why.sealedText.length === 0))
    throw new CodecError('codec/length', 'sealed text');
  return why;
}
