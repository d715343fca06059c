import { GraphQLError } from 'graphql';
import { type BoundedDocument, parseBounded } from './document-limits.js';

const DOCUMENT_ID = /^[0-9a-f]{64}$/;

/** The only documents that a production server runs, by the SHA-256 of their text. */
export class TrustedDocuments {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #parsed = new Map<string, BoundedDocument>();

  constructor(texts: Readonly<Record<string, string>>) {
    this.#texts = new Map(Object.entries(texts));
  }

  /** The text of a trusted document. @throws GraphQLError `request/unknown-document` for anything else. */
  text(id: unknown): string {
    const text = typeof id === 'string' && DOCUMENT_ID.test(id) ? this.#texts.get(id) : undefined;
    if (text === undefined) {
      throw new GraphQLError('unknown document', { extensions: { code: 'request/unknown-document' } });
    }
    return text;
  }

  /** The document, parsed once. */
  document(id: string): BoundedDocument {
    const known = this.#parsed.get(id);
    if (known) return known;
    const parsed = parseBounded(this.text(id));
    this.#parsed.set(id, parsed);
    return parsed;
  }

  get ids(): readonly string[] {
    return [...this.#texts.keys()];
  }
}
