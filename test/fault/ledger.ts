import type { ObjectId } from '@rogatory/kernel';

/** A document that the server acknowledged. */
export interface StoredDocument {
  readonly objectId: ObjectId;
  readonly name: string;
  readonly sha256: string;
}

/** What one subscriber was pushed behind its cursor, in the order in which it came. */
export class Watched {
  /** Position of the first event that it asked for. */
  readonly from: number;
  /** SHA-256 of each event's bytes. */
  readonly hashes: string[] = [];
  resumptions = 0;
  /** Places where an event was missing or came again. */
  readonly faults: string[] = [];

  constructor(from: number) {
    this.from = from;
  }

  /** The last position that it has. */
  get cursor(): number {
    return this.from + this.hashes.length - 1;
  }

  take(position: number, hash: string): void {
    if (position === this.cursor + 1) this.hashes.push(hash);
    else this.faults.push(`${position} after ${this.cursor}`);
  }

  resumed(): void {
    this.resumptions++;
  }
}

/** What clients tried and what the server acknowledged, kept outside of both. */
export class Ledger {
  readonly attempts = new Set<string>();
  readonly messages: string[] = [];
  readonly documents: StoredDocument[] = [];
  readonly watched: Watched[] = [];
  interruptedUploads = 0;

  attempted(text: string): void {
    this.attempts.add(text);
  }

  posted(text: string): void {
    this.messages.push(text);
  }

  stored(document: StoredDocument): void {
    this.documents.push(document);
  }

  uploadInterrupted(): void {
    this.interruptedUploads++;
  }

  watching(from: number): Watched {
    const watched = new Watched(from);
    this.watched.push(watched);
    return watched;
  }
}
