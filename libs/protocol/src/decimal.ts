import { CodecError } from '@rogatory/kernel';
import type { ByteReader, ByteWriter } from './codec.js';

/** An exact decimal number, not negative: `digits / 10^scale`, in its one shortest form. */
export interface Decimal {
  readonly digits: number;
  readonly scale: number;
}

const TEXT = /^(0|[1-9]\d*)(?:\.(\d+))?$/;

export function writeDecimal(writer: ByteWriter, decimal: Decimal, maxScale: number): void {
  writer.u64(checked(decimal, maxScale).digits).u8(decimal.scale);
}

/** @throws CodecError `codec/range` for a scale above `maxScale` and for a number that has a shorter form. */
export function readDecimal(reader: ByteReader, maxScale: number): Decimal {
  return checked({ digits: reader.u64(), scale: reader.u8() }, maxScale);
}

/** Reads "12.5"; zeros at the end are dropped. @throws CodecError `codec/decimal` for any other form or too many digits. */
export function parseDecimal(text: string, maxScale: number): Decimal {
  const found = TEXT.exec(text);
  const fraction = (found?.[2] ?? '').replace(/0+$/, '');
  const digits = Number(`${found?.[1] ?? ''}${fraction}`);
  if (found === null || fraction.length > maxScale || !Number.isSafeInteger(digits)) {
    throw new CodecError('codec/decimal', 'not a decimal number in range, such as 12.5');
  }
  return { digits, scale: fraction.length };
}

/** Digits, and a point and digits without a zero at the end where needed; of whole units of `10^-scale`. */
export function decimalText(units: bigint, scale: number): string {
  const digits = units.toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

/** The number in whole units of `10^-scale`, exactly; the scale must be at least the number's own. */
export function decimalUnits({ digits, scale }: Decimal, unitScale: number): bigint {
  return BigInt(digits) * 10n ** BigInt(unitScale - scale);
}

function checked(decimal: Decimal, maxScale: number): Decimal {
  const isShortest = decimal.scale === 0 || decimal.digits % 10 !== 0;
  if (decimal.scale > maxScale || !isShortest) throw new CodecError('codec/range', 'not a decimal in its one form');
  return decimal;
}
