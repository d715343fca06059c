import type { ActId, CaseId, CompartmentId, ObjectId, PersonId, UploadId } from '@rogatory/kernel';
import type { AuthorityId } from '@rogatory/kernel';
import type { Reader, Writer } from '@rogatory/platform-database';
import type { Upload } from '../domain/upload.js';

/** One version of a document with the bytes it is made of. */
export interface StoredVersion {
  readonly upload: Upload;
  readonly compartmentId: CompartmentId;
  readonly objectId: ObjectId;
  readonly version: number;
  readonly isWithdrawn: boolean;
}

/** Bytes that a bound or unfinished upload keeps from others. */
export interface Reservation {
  readonly person: PersonId;
  readonly caseId: CaseId;
  readonly authority: AuthorityId;
  readonly bytes: number;
}

export interface UploadReader {
  /** An upload of this device, or one bound in a compartment of which it is a member. */
  find(reader: Reader, id: UploadId): Promise<Upload | undefined>;
  openOf(reader: Reader, person: PersonId, most: number): Promise<readonly Upload[]>;
  /** A version of a document; its upload is bound. */
  version(reader: Reader, key: VersionKey): Promise<StoredVersion | undefined>;
  /** Unbound uploads that expired, oldest first. */
  orphans(reader: Reader, nowMs: number, most: number): Promise<readonly Upload[]>;
  /** Which of these uploads there are, bound or not. */
  known(reader: Reader, ids: readonly UploadId[]): Promise<ReadonlySet<UploadId>>;
}

export interface VersionKey {
  readonly compartmentId: CompartmentId;
  readonly objectId: ObjectId;
  readonly version: number;
}

export interface UploadWriter {
  /**
   * Takes room for an upload; all three bounds in one statement, so that racing callers cannot pass them together.
   * @returns false when one of them has no room: the transaction MUST then be rolled back.
   */
  reserve(writer: Writer, reservation: Reservation): Promise<boolean>;
  release(writer: Writer, reservation: Reservation): Promise<void>;
  add(writer: Writer, upload: Upload, act: ActId): Promise<void>;
  /** Makes the upload the bytes of a version. @returns false when it is bound already. */
  bind(writer: Writer, id: UploadId, key: VersionKey, act: ActId): Promise<boolean>;
  /** Lets an unbound upload expire later. @returns false when it is bound or gone. */
  prolong(writer: Writer, id: UploadId, expiresAtMs: number): Promise<boolean>;
  /** Removes an unbound upload. @returns false when it is bound or gone. */
  remove(writer: Writer, id: UploadId): Promise<boolean>;
  /** The same for one that expired. @returns false also when it was prolonged. */
  removeExpired(writer: Writer, id: UploadId, nowMs: number): Promise<boolean>;
}

export interface UploadStore extends UploadReader, UploadWriter {}
