import {
  type CaseId,
  type CompartmentId,
  type DeviceId,
  idBytes,
  idFromBytes,
  type ObjectId,
  type PersonId,
} from '@rogatory/kernel';
import { ByteReader, ByteWriter } from './codec.js';
import { type LogHead, readLogHead, writeLogHead } from './heads.js';
import { readState, writeState } from './operation-facts.js';
import { sizes } from './purposes.js';
import { readTime, type SignedTime, writeTime } from './signed-time.js';

/** A state's word, by its representative, that a result sheet is what the log of the compartment gives. */
export interface Endorsement {
  readonly caseId: CaseId;
  readonly compartmentId: CompartmentId;
  readonly operationId: ObjectId;
  readonly state: string;
  readonly personId: PersonId;
  readonly deviceId: DeviceId;
  /** The content log up to the freeze. */
  readonly logHead: LogHead;
  readonly freezeHash: Uint8Array;
  readonly sheetHash: Uint8Array;
  readonly time: SignedTime;
}

export interface SignedEndorsement {
  readonly endorsement: Endorsement;
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
}

const MAGIC = 'RGZ1';
const MAX_BYTES = 512;

export function encodeEndorsement(endorsement: Endorsement): Uint8Array {
  const writer = new ByteWriter().raw(new TextEncoder().encode(MAGIC));
  writer.fixed(idBytes(endorsement.caseId), 32).fixed(idBytes(endorsement.compartmentId), 32);
  writer.fixed(idBytes(endorsement.operationId), 16);
  writeState(writer, endorsement.state);
  writer.fixed(idBytes(endorsement.personId), 16).fixed(idBytes(endorsement.deviceId), 16);
  writeLogHead(writer, endorsement.logHead);
  writer.fixed(endorsement.freezeHash, sizes.hash).fixed(endorsement.sheetHash, sizes.hash);
  writeTime(writer, endorsement.time);
  return writer.finish();
}

export function encodeSignedEndorsement(signed: Pick<SignedEndorsement, 'signedBytes' | 'signature'>): Uint8Array {
  return new ByteWriter().raw(signed.signedBytes).fixed(signed.signature, sizes.signature).finish();
}

/** @throws CodecError for anything that is not the one encoding of an endorsement. Checks no signature. */
export function decodeSignedEndorsement(bytes: Uint8Array): SignedEndorsement {
  const reader = new ByteReader(bytes, MAX_BYTES).magic(MAGIC);
  const endorsement: Endorsement = {
    caseId: idFromBytes<CaseId>(reader.fixed(32)),
    compartmentId: idFromBytes<CompartmentId>(reader.fixed(32)),
    operationId: idFromBytes<ObjectId>(reader.fixed(16)),
    state: readState(reader),
    personId: idFromBytes<PersonId>(reader.fixed(16)),
    deviceId: idFromBytes<DeviceId>(reader.fixed(16)),
    logHead: readLogHead(reader),
    freezeHash: reader.fixed(sizes.hash),
    sheetHash: reader.fixed(sizes.hash),
    time: readTime(reader),
  };
  const signedBytes = reader.since(0);
  const signature = reader.fixed(sizes.signature);
  reader.end();
  return { endorsement, signedBytes, signature };
}
