import { limits } from '@rogatory/kernel';
import type { RequestContext } from '@rogatory/access';
import type { Acted, ActRunner } from '@rogatory/audit';
import { actSubjects, auditObjectKinds } from '@rogatory/protocol';
import type { Reader } from '@rogatory/platform-database';
import { wrongPage } from '../domain/directory.errors.js';
import type { DirectoryEntryReader, StoredEntry } from './directory.store.js';
import type { SignedDirectoryHead } from './directory-reader.js';
import type { SignedHeads } from './signed-heads.js';

export interface ReadDirectoryParts {
  readonly acts: Pick<ActRunner, 'run'>;
  readonly entries: Pick<DirectoryEntryReader, 'page'>;
  readonly heads: Pick<SignedHeads, 'newestIn' | 'witnessedIn'>;
}

export interface DirectoryPageQuery {
  /** Index of the first entry wanted. */
  readonly from: number;
  /** At most `limits.maxPageItems`; default `limits.defaultPageItems`. */
  readonly first?: number;
}

/** A page of the log, and the signed head that it belongs to. */
export interface DirectoryPage {
  readonly entries: readonly StoredEntry[];
  readonly head: SignedDirectoryHead;
  /** The newest head that a quorum of the witnesses cosigned, a signed note; undefined before the first. */
  readonly witnessed: string | undefined;
  readonly hasMore: boolean;
}

/** Reads the log as far as it is signed; never more than `limits.maxPageBytes` at once. */
export class ReadDirectory {
  readonly #parts: ReadDirectoryParts;

  constructor(parts: ReadDirectoryParts) {
    this.#parts = parts;
  }

  /** @throws RefusedError `directory/page`; UnavailableError `directory/no-head`; what `ActRunner.run` throws. */
  async run(ctx: RequestContext, query: DirectoryPageQuery): Promise<Acted<DirectoryPage>> {
    return this.#parts.acts.run(ctx, 'query.directoryEntries', () => {
      const { from, first = limits.defaultPageItems } = query;
      const isPage = Number.isSafeInteger(from) && from >= 0 && Number.isSafeInteger(first) && first >= 1;
      if (!isPage || first > limits.maxPageItems) throw wrongPage();
      return {
        ...actSubjects.readDirectory(),
        perform: async (writer) => {
          const result = await this.#page(writer, from, first);
          const bytes = result.entries.reduce((sum, entry) => sum + entry.bytes.length, 0);
          const objectKind = auditObjectKinds.directoryEntry;
          return { result, what: { objectKind, count: result.entries.length, bytes, detail: `from=${from}` } };
        },
      };
    });
  }

  async #page(reader: Reader, from: number, first: number): Promise<DirectoryPage> {
    const head = await this.#parts.heads.newestIn(reader);
    const witnessed = await this.#parts.heads.witnessedIn(reader);
    const count = Math.min(first, head.size - from);
    const rows = count > 0 ? await this.#parts.entries.page(reader, from, count) : [];
    const entries = withinBytes(rows);
    return { entries, head, witnessed, hasMore: from + entries.length < head.size };
  }
}

function withinBytes(rows: readonly StoredEntry[]): readonly StoredEntry[] {
  let bytes = 0;
  const end = rows.findIndex((row) => {
    bytes += row.bytes.length + (row.card?.length ?? 0);
    return bytes > limits.maxPageBytes;
  });
  return end < 0 ? rows : rows.slice(0, end);
}
