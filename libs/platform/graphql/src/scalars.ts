import { fromBase64, limits, toBase64 } from '@rogatory/kernel';
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';

const ID = /^(?:[0-9a-f]{32}|[0-9a-f]{64})$/;
const MAX_BYTES_CHARACTERS = Math.ceil(limits.maxLinkBodyBytes / 3) * 4;

/** Bytes as canonical padded base64 (RFC 4648 section 4). */
export const BytesScalar = new GraphQLScalarType<Uint8Array, string>({
  name: 'Bytes',
  description: 'Bytes as canonical base64 with padding (RFC 4648 section 4).',
  serialize: (value) => {
    if (value instanceof Uint8Array) return toBase64(value);
    throw invalid('Bytes');
  },
  parseValue: (value) => parseBytes(value),
  parseLiteral: (node: ValueNode) => parseBytes(node.kind === Kind.STRING ? node.value : undefined),
});

/** An identifier: 32 or 64 lower-case hexadecimal characters. */
export const IdScalar = new GraphQLScalarType<string, string>({
  name: 'Id',
  description: 'An identifier: 16 or 32 bytes as lower-case hexadecimal.',
  serialize: (value) => parseId(value),
  parseValue: (value) => parseId(value),
  parseLiteral: (node: ValueNode) => parseId(node.kind === Kind.STRING ? node.value : undefined),
});

/** An integer from 0 to 2^53 - 1; times are milliseconds since the epoch, UTC. */
export const SafeIntScalar = new GraphQLScalarType<number, number>({
  name: 'SafeInt',
  description: 'An integer from 0 to 2^53 - 1. Times are milliseconds since the epoch, UTC.',
  serialize: (value) => parseSafeInt(value),
  parseValue: (value) => parseSafeInt(value),
  parseLiteral: (node: ValueNode) => parseSafeInt(node.kind === Kind.INT ? Number(node.value) : undefined),
});

function parseBytes(value: unknown): Uint8Array {
  if (typeof value !== 'string' || value.length > MAX_BYTES_CHARACTERS) throw invalid('Bytes');
  try {
    return fromBase64(value);
  } catch {
    throw invalid('Bytes');
  }
}

function parseId(value: unknown): string {
  if (typeof value !== 'string' || !ID.test(value)) throw invalid('Id');
  return value;
}

function parseSafeInt(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw invalid('SafeInt');
  return value;
}

/** Says the type and nothing of the value. */
function invalid(type: string): GraphQLError {
  return new GraphQLError(`not a well-formed ${type}`, { extensions: { code: 'request/invalid' } });
}
