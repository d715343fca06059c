import { UsageError } from '@rogatory/kernel';

/** What a parameter may be. JSON goes in as text made by the caller, so that its bytes are the caller's. */
export type SqlValue = string | number | bigint | boolean | Uint8Array | Date | null | readonly SqlValue[];

/** A statement that the engine parses and plans once per connection. */
export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
}

/** SQL text with `$1…` parameters, or a prepared one for hot paths. Never build text from outside values. */
export type Statement = string | PreparedStatement;

const NAME = /^[a-z][a-z0-9-]*(\/[a-z][a-z0-9-]*)+$/;
const MAX_NAME_BYTES = 63; // PostgreSQL cuts longer names silently, and two could become one
const registry = new Map<string, string>();

/**
 * Names a statement, as `feature/what-it-does`, so that it is parsed once per connection.
 * @throws UsageError `database/statement` when the name is malformed or already names another text.
 */
export function prepared(name: string, text: string): PreparedStatement {
  if (!NAME.test(name) || name.length > MAX_NAME_BYTES) {
    throw new UsageError('database/statement', 'a prepared statement has a malformed name', { details: { name } });
  }
  const known = registry.get(name);
  if (known !== undefined && known !== text) {
    throw new UsageError('database/statement', 'a prepared statement name is used twice', { details: { name } });
  }
  registry.set(name, text);
  return Object.freeze({ name, text });
}
