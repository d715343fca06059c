import { type CodecError, parseUtf8 } from '@rogatory/kernel';

/**
 * The fields of a JSON object in UTF-8; what they hold is still to be checked.
 * @throws what `malformed` makes, for anything but one object, and for more than `maxBytes`.
 */
export function parseObject(
  bytes: Uint8Array,
  malformed: (options?: ErrorOptions) => CodecError,
  maxBytes = Number.POSITIVE_INFINITY,
): Record<string, unknown> {
  if (bytes.length > maxBytes) throw malformed();
  let value: unknown;
  try {
    value = JSON.parse(parseUtf8(bytes));
  } catch (cause) {
    throw malformed({ cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed();
  return { ...value };
}
