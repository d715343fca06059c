import type { Brand } from './brand.js';
import { fromHex, toHex } from './bytes.js';
import { CodecError } from './errors.js';

/** Ids are bytes on the wire and lower-case hexadecimal everywhere else (docs/spec/conventions.md). */
export type AuthorityId = Brand<string, 'AuthorityId'>;
export type PostId = Brand<string, 'PostId'>;
export type PersonId = Brand<string, 'PersonId'>;
export type DeviceId = Brand<string, 'DeviceId'>;
export type RegistrarKeyId = Brand<string, 'RegistrarKeyId'>;
export type ObjectId = Brand<string, 'ObjectId'>;
export type FileId = Brand<string, 'FileId'>;
export type UploadId = Brand<string, 'UploadId'>;
export type InvitationId = Brand<string, 'InvitationId'>;
/** UUIDv7 (RFC 9562) as 32 hexadecimal characters; the idempotency key of one act. */
export type ActId = Brand<string, 'ActId'>;
export type CaseId = Brand<string, 'CaseId'>;
/** The root compartment of a case has the case's own id. */
export type CompartmentId = Brand<string, 'CompartmentId'>;
/** A BLAKE2b-256 or SHA-256 digest in hexadecimal. */
export type Digest = Brand<string, 'Digest'>;

export const SHORT_ID_BYTES = 16;
export const LONG_ID_BYTES = 32;

const SHORT = /^[0-9a-f]{32}$/;
const LONG = /^[0-9a-f]{64}$/;

function parser<Id extends string>(pattern: RegExp, noun: string): (text: unknown) => Id {
  return (text) => {
    if (typeof text !== 'string' || !pattern.test(text)) {
      throw new CodecError('codec/id', 'not a well-formed identifier', { details: { noun } });
    }
    return text as Id;
  };
}

export const parseAuthorityId = parser<AuthorityId>(SHORT, 'authority');
export const parsePostId = parser<PostId>(SHORT, 'post');
export const parsePersonId = parser<PersonId>(SHORT, 'person');
export const parseDeviceId = parser<DeviceId>(SHORT, 'device');
export const parseRegistrarKeyId = parser<RegistrarKeyId>(SHORT, 'registrar key');
export const parseObjectId = parser<ObjectId>(SHORT, 'object');
export const parseFileId = parser<FileId>(SHORT, 'file');
export const parseUploadId = parser<UploadId>(SHORT, 'upload');
export const parseInvitationId = parser<InvitationId>(SHORT, 'invitation');
export const parseActId = parser<ActId>(SHORT, 'act');
export const parseCaseId = parser<CaseId>(LONG, 'case');
export const parseCompartmentId = parser<CompartmentId>(LONG, 'compartment');
export const parseDigest = parser<Digest>(LONG, 'digest');

/** Bytes of any id; the id's brand guarantees the form. */
export function idBytes(id: string): Uint8Array {
  return fromHex(id);
}

/** The id of these bytes; the caller names the kind. @throws CodecError unless 16 or 32 bytes. */
export function idFromBytes<Id extends string>(bytes: Uint8Array): Id {
  if (bytes.length !== SHORT_ID_BYTES && bytes.length !== LONG_ID_BYTES) {
    throw new CodecError('codec/id', 'not a well-formed identifier');
  }
  return toHex(bytes) as Id;
}
