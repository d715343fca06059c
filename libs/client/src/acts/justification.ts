import {
  type AuthorityId,
  concatBytes,
  type DeviceId,
  idBytes,
  limits,
  parseUtf8,
  type RandomBytes,
  utf8,
} from '@rogatory/kernel';
import { aeadOpen, aeadSeal, encapsulate, type KemKey, padPlaintext, unpadPlaintext } from '@rogatory/crypto/seal';
import type { DirectoryView } from '@rogatory/pki';
import { aeadPurposes, ByteWriter, encodeWhy, type LegalBasis, type Why } from '@rogatory/protocol';
import { refusedError, usageError } from '../client.errors.js';
import type { GivenReason } from './act-chain.js';

/** Why a document is opened: asked of the person each time, before any byte is fetched. */
export interface Justification {
  readonly legalBasis: LegalBasis;
  /** Reference of the instrument, such as a JIT or EIO number; the operator sees it. */
  readonly instrument?: string;
  /** Free text; only the home oversight body can read it. */
  readonly text?: string;
}

const OPENING_BYTES = 32;

export interface JustificationInput {
  readonly deviceId: DeviceId;
  readonly authorityId: AuthorityId;
  readonly view: DirectoryView;
  readonly random: RandomBytes;
}

/**
 * The reason as it goes with an act, its free text sealed to the oversight body of the person's authority.
 * @throws UsageError `client/input` beyond the bounds; RefusedError `client/no-oversight`.
 */
export function sealJustification(justification: Justification, input: JustificationInput): GivenReason {
  const { legalBasis, instrument = '', text = '' } = justification;
  const isBounded = [...text].length <= limits.maxJustificationCharacters && instrument.length <= 100;
  if (!isBounded) throw usageError('client/input');
  const { random, deviceId } = input;
  const opening = random(OPENING_BYTES);
  const none = new Uint8Array(0);
  if (text === '') {
    return { opening, bytes: encodeWhy({ legalBasis, instrument, kemCiphertext: none, sealedText: none }) };
  }
  const oversight = input.view.oversightOf(input.authorityId);
  if (oversight === undefined) throw refusedError('client/no-oversight');
  const { ciphertext: kemCiphertext, sharedSecret: secret } = encapsulate(oversight.record.oversightKemKey, random);
  try {
    const aad = justificationAad(deviceId, { legalBasis, instrument });
    const plaintext = padPlaintext(utf8(text.normalize('NFC')));
    const sealedText = aeadSeal({ secret, purpose: aeadPurposes.justification, random, plaintext, aad });
    return { opening, bytes: encodeWhy({ legalBasis, instrument, kemCiphertext, sealedText }) };
  } finally {
    secret.wipe();
  }
}

/** The free text of a reason, for the oversight body. @throws VerificationError `crypto/open`. */
export function openJustification(why: Why, deviceId: DeviceId, oversightKey: KemKey): string {
  if (why.sealedText.length === 0) return '';
  const secret = oversightKey.decapsulate(why.kemCiphertext);
  try {
    const aad = justificationAad(deviceId, why);
    const sealed = why.sealedText;
    return parseUtf8(unpadPlaintext(aeadOpen({ secret, purpose: aeadPurposes.justification, sealed, aad })));
  } finally {
    secret.wipe();
  }
}

/** SPEC: acts 5: aad = "rogatory-why" ‖ deviceId ‖ legalBasis u8 ‖ instrument */
function justificationAad(deviceId: DeviceId, why: Pick<Why, 'legalBasis' | 'instrument'>): Uint8Array {
  const facts = new ByteWriter().u8(why.legalBasis).text16(why.instrument).finish();
  return concatBytes(utf8('rogatory-why'), idBytes(deviceId), facts);
}
