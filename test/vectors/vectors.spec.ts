import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { equalBytes, fromHex, isRogatoryError, Secret, toHex } from '@rogatory/kernel';
import { SigningKey } from '@rogatory/crypto/sign';
import { isSignature, type SignatureClaim } from '@rogatory/crypto/verify';
import type { SignedItem, SignedLink } from '@rogatory/protocol';
import { accept, formatOf, formats, plain } from './formats.mjs';
import { history, invalidVectors, type Plain, validVectors } from './vector-files.js';

/** Family and code of what is thrown; other errors and none are no refusal. */
function refusalOf(run: () => unknown): { family: string; code: string } {
  try {
    run();
  } catch (error) {
    if (isRogatoryError(error)) return { family: error.family, code: error.code };
    throw error;
  }
  return { family: 'none', code: 'accepted' };
}

const signerOf = ({ signer }: { readonly signer?: string }): Uint8Array | undefined =>
  signer === undefined ? undefined : fromHex(signer);
const isMalformed = (run: () => unknown): boolean => refusalOf(run).family === 'codec';

describe('valid objects', () => {
  it.each(validVectors)('$kind, $name', (vector) => {
    const bytes = fromHex(vector.bytes);
    const decoded: unknown = accept(vector.kind, bytes, signerOf(vector));
    const { derive, encode } = formatOf(vector.kind);
    expect(plain(decoded)).toEqual(vector.value);
    expect(plain(derive?.(decoded, bytes) ?? {})).toEqual(vector.derived);
    expect(toHex(encode(decoded))).toBe(vector.bytes);
  });

  it('are there for every format, and invalid ones beside them', () => {
    const kinds = Object.keys(formats).sort();
    expect([...new Set(validVectors.map(({ kind }) => kind))].sort()).toEqual(kinds);
    const withoutRules = ['acknowledgement'];
    const refused = new Set([...invalidVectors.map(({ kind }) => kind), ...withoutRules]);
    expect([...refused].sort()).toEqual(kinds);
  });
});

describe('invalid objects are refused', () => {
  it.each(invalidVectors)('$kind, $name', (vector) => {
    const refusal = refusalOf(() => accept(vector.kind, fromHex(vector.bytes), signerOf(vector)));
    expect(refusal).toEqual({ family: vector.family, code: vector.code });
  });
});

interface Whole {
  readonly kind: string;
  readonly name: string;
  readonly bytes: string;
  readonly signer?: string;
}

const publicKeys = new Map(
  history.devices.map(({ deviceId, signingSeed }) => [
    deviceId,
    toHex(SigningKey.fromSeed(new Secret(fromHex(signingSeed))).publicKey),
  ]),
);

/** The first link of each type, and the first item, of the history. */
const fromHistory = new Map<string, Whole>();
for (const { kind, bytes } of history.compartments.flatMap(({ entries }) => entries)) {
  const decoded = formatOf(kind).decode(fromHex(bytes)) as SignedLink & SignedItem;
  const type = kind === 'link' ? decoded.link.type : 0;
  const device = kind === 'link' ? decoded.link.signerDevice : decoded.header.senderDevice;
  const name = `of type ${type} in the history`;
  const signer = publicKeys.get(device) as string;
  if (!fromHistory.has(name)) fromHistory.set(name, { kind, name, bytes, signer });
}
const wholes: Whole[] = [...validVectors, ...fromHistory.values()];

describe('byte by byte', () => {
  const { stackTraceLimit } = Error;
  // Tens of thousands of refusals: their stacks would take longer than everything else.
  beforeAll(() => {
    Error.stackTraceLimit = 0;
  });
  afterAll(() => {
    Error.stackTraceLimit = stackTraceLimit;
  });

  it.each(wholes)('$kind, $name: every beginning is malformed, and so is one byte more', ({ kind, bytes: hex }) => {
    const bytes = fromHex(hex);
    const { decode } = formatOf(kind);
    const accepted = Array.from(bytes.keys()).filter((end) => !isMalformed(() => decode(bytes.subarray(0, end))));
    expect(accepted).toEqual([]);
    expect(isMalformed(() => decode(Uint8Array.of(...bytes, 0)))).toBe(true);
  });

  it.each(wholes)('$kind, $name: no changed byte passes for what was signed', ({ kind, bytes: hex, signer }) => {
    const bytes = fromHex(hex);
    const whole = { kind, bytes, signer: fromHex(signer ?? '') };
    accept(kind, bytes, whole.signer);
    const passed = Array.from(bytes.keys()).filter((at) => !isHarmless(whole, at));
    expect(passed).toEqual([]);
  });
});

/**
 * Whether one changed bit is refused, or decodes to what encodes to exactly these bytes again: to other values, hence to
 * another hash, commitment or associated data. Where there are signatures, they must fail as well.
 */
function isHarmless(whole: { kind: string; bytes: Uint8Array; signer: Uint8Array }, at: number): boolean {
  const { kind, bytes, signer } = whole;
  const { decode, encode, claims, derive } = formatOf(kind);
  const changed = bytes.slice();
  changed[at] = (changed[at] as number) ^ (1 << (at % 8));
  let decoded: unknown;
  const refusal = refusalOf(() => (decoded = decode(changed)));
  if (refusal.family !== 'none') return refusal.family === 'codec' || refusal.family === 'verification';
  if (!equalBytes(encode(decoded), changed)) return false;
  if (claims?.(decoded, signer).some((claim) => !isSignature(claim as SignatureClaim)) ?? true) return true;
  // The card of an enrolment request is not signed: the fingerprint that people compare covers it.
  const fingerprints = [changed, bytes].map((each) => plain(derive?.(decode(each), each) ?? {}) as Plain);
  return kind === 'enrolment-request' && JSON.stringify(fingerprints[0]) !== JSON.stringify(fingerprints[1]);
}
