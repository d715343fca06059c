import { CodecError, type DeviceId, idBytes, idFromBytes } from '@rogatory/kernel';
import { ByteReader, ByteWriter } from './codec.js';
import { sizes } from './purposes.js';
import { readTime, type SignedTime, writeTime } from './signed-time.js';

/**
 * What a device signs to log in. The server's challenge is one 32-byte field of it, and the device fills every other
 * field itself, so nothing that a server sends can become another signed object (docs/spec/login.md).
 */
export interface LoginStatement {
  /** Hash of the pinned federation root: the statement is void for any other federation. */
  readonly federationHash: Uint8Array;
  /** The server as the user named it, such as "https://rogatory.example" (origin form). */
  readonly audience: string;
  readonly deviceId: DeviceId;
  readonly challenge: Uint8Array;
  readonly time: SignedTime;
}

export interface SignedLoginStatement {
  readonly statement: LoginStatement;
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
}

const MAGIC = 'RGS1';
const MAX_BYTES = 512;
const AUDIENCE = /^https?:\/\/[a-z0-9.:[\]-]{1,200}$/;

export function encodeLoginStatement(statement: LoginStatement): Uint8Array {
  const writer = new ByteWriter().raw(new TextEncoder().encode(MAGIC)).fixed(statement.federationHash, sizes.hash);
  writer.text16(statement.audience).fixed(idBytes(statement.deviceId), 16).fixed(statement.challenge, 32);
  writeTime(writer, statement.time);
  return writer.finish();
}

export function encodeSignedLoginStatement(
  signed: Pick<SignedLoginStatement, 'signedBytes' | 'signature'>,
): Uint8Array {
  return new ByteWriter().raw(signed.signedBytes).fixed(signed.signature, sizes.signature).finish();
}

export function decodeSignedLoginStatement(bytes: Uint8Array): SignedLoginStatement {
  const reader = new ByteReader(bytes, MAX_BYTES).magic(MAGIC);
  const statement: LoginStatement = {
    federationHash: reader.fixed(sizes.hash),
    audience: reader.text16(220),
    deviceId: idFromBytes<DeviceId>(reader.fixed(16)),
    challenge: reader.fixed(32),
    time: readTime(reader),
  };
  if (!AUDIENCE.test(statement.audience)) throw new CodecError('codec/text', 'not an origin');
  const signedBytes = reader.since(0);
  const signature = reader.fixed(sizes.signature);
  reader.end();
  return { statement, signedBytes, signature };
}
