/** Parts that random objects are made of, for tests. */
import fc from 'fast-check';
import { concatBytes, toHex } from '@rogatory/kernel';
import * as p from '../index.js';

/** Any bytes of a length, drawn from one number, so that long keys cost little. */
export const bytes = (length: number) =>
  fc.integer().map((seed) => {
    let state = seed | 1;
    return Uint8Array.from({ length }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
      return state >>> 16;
    });
  });
export const id = <Id extends string>(length: 16 | 32 = 16) => bytes(length).map((each) => toHex(each) as Id);
export const present = <Id extends string>(length: 16 | 32 = 16) => id<Id>(length).filter((each) => !/^0+$/.test(each));
export const u8 = fc.integer({ min: 0, max: 0xff });
export const u16 = fc.integer({ min: 0, max: 0xffff });
export const u32 = fc.integer({ min: 0, max: 0xffffffff });
export const serial = fc.integer({ min: 1, max: 0xffffffff });
export const u64 = fc.maxSafeNat();
export const hash = bytes(32);
export const signature = bytes(64);
export const blob = fc.uint8Array({ maxLength: 200 });
export const text = (maxLength = 60) =>
  fc
    .string({ unit: 'binary', maxLength })
    .filter((each) => !/\p{Surrogate}/u.test(each))
    .map((each) => each.normalize('NFC'));
export const suite = fc.constantFrom(...Object.values(p.suites));
export const time = fc.record({ timeMs: u64, offsetMinutes: fc.integer({ min: -840, max: 840 }) });
export const logHead = fc.record({ size: u64, root: hash });
export const directoryHead = fc.record({ size: u64, root: hash, timeMs: u64 });
export const carriedHead = fc.record({
  keyId: bytes(4).map(toHex),
  size: fc.integer({ min: 1, max: 2 ** 48 }),
  root: hash,
  signature,
});
export const chainHead = fc.record({ seq: u64, linkHash: hash });
export const of = <Value extends number>(registry: Readonly<Record<string, Value>>) =>
  fc.constantFrom(...Object.values(registry));
export const period = (maxMs: number) =>
  fc
    .tuple(fc.nat({ max: 2 ** 42 }), fc.integer({ min: 1, max: Math.min(maxMs, 2 ** 31 - 1) }))
    .map(([notBeforeMs, length]) => ({ notBeforeMs, notAfterMs: notBeforeMs + length }));
export const keys = (min: number) =>
  fc
    .uniqueArray(bytes(32), { minLength: min, maxLength: 5, selector: toHex })
    .map((list) => list.sort((a, b) => (toHex(a) < toHex(b) ? -1 : 1)));
export const signers = keys(0).chain((list) =>
  fc.tuple(
    ...list.map((publicKey) => fc.record({ kind: of(p.signerKinds), publicKey: fc.constant(publicKey), signature })),
  ),
);
export const indexed = fc
  .uniqueArray(fc.record({ keyIndex: u8, signature }), { maxLength: 4, selector: (each) => each.keyIndex })
  .map((list) => list.sort((a, b) => a.keyIndex - b.keyIndex));

/** A kind of object with how it is made of random parts, and read again. */
export interface Kind {
  readonly name: string;
  /** What is encoded and what decoding should give. */
  readonly made: fc.Arbitrary<{ readonly encoded: Uint8Array; readonly value: unknown }>;
  readonly decode: (encoded: Uint8Array) => unknown;
}

export function kind<Value, Decoded>(
  name: string,
  values: fc.Arbitrary<Value>,
  codec: { readonly encode: (value: Value) => Uint8Array; readonly decode: (encoded: Uint8Array) => Decoded },
): Kind {
  return { name, made: values.map((value) => ({ encoded: codec.encode(value), value })), decode: codec.decode };
}

/** Of signed objects the signed bytes are compared too. */
export function signed<Value, Name extends string>(
  name: string,
  part: Name,
  codec: {
    values: fc.Arbitrary<Value>;
    encode: (value: Value) => Uint8Array;
    decode: (encoded: Uint8Array) => Record<Name, unknown>;
  },
): Kind {
  const made = fc
    .tuple(codec.values, signature)
    .map(([value, made]) => ({ encoded: concatBytes(codec.encode(value), made), value }));
  return { name, made, decode: (encoded) => codec.decode(encoded)[part] };
}

/** Without the parts that repeat the bytes. */
export function omit<Decoded extends { readonly signedBytes: Uint8Array }>({
  signedBytes: _signedBytes,
  ...rest
}: Decoded): Omit<Decoded, 'signedBytes'> {
  return rest;
}
