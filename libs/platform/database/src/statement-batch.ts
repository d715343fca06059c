import pg from 'pg';
import type { RawRow } from './row-reader.js';
import type { Statement } from './statement.js';
import type { Parameter } from './parameters.js';

/** What one statement answered. */
export interface StatementAnswer {
  /** Such as INSERT, SELECT, COMMIT. */
  readonly command: string;
  /** Rows inserted, updated, deleted or selected. */
  readonly rowCount: number;
  readonly rows: readonly RawRow[];
}

type ParseText = (text: string) => unknown;
const types: { readonly getTypeParser: (type: number, format: 'text') => ParseText } = pg.types;

/** A column of an answer: its name, and what makes a value of its text. */
interface Column {
  readonly name: string;
  readonly parse: ParseText;
}

/** What a connection knows of a statement that it has prepared. */
interface Known {
  /** Columns of its answers; undefined before the first one. A prepared statement cannot change them. */
  columns: readonly Column[] | undefined;
  /** An error came while it was prepared or first run: the engine may have it, or not. */
  isDoubtful: boolean;
}

interface Entry {
  readonly statement: Statement;
  readonly params: readonly Parameter[];
  readonly resolve: (answer: StatementAnswer) => void;
  readonly reject: (error: unknown) => void;
  readonly rows: RawRow[];
  columns: readonly Column[];
  known: Known | undefined;
  answer: StatementAnswer | undefined;
  /** A value that could not be read. */
  fault: unknown;
}

/** Prepared statements by connection; they end with it. */
const preparedOn = new WeakMap<pg.Connection, Map<string, Known>>();

/**
 * Statements that one turn of the event loop sends on one connection, with one Sync behind them: the engine answers them
 * together, where each Sync of its own would be a write there and a wake-up here. An error ends the batch: what follows
 * the failed statement is not run, and fails with the same error. (PostgreSQL, "Message Flow", 55.2.3 and 55.2.4.)
 *
 * A `Query` of the driver by type only, because the driver takes nothing else on a pipelining connection.
 */
export class StatementBatch extends pg.Query {
  readonly #entries: Entry[] = [];
  #at = 0;
  /** The driver wraps it to stop its clock. */
  callback: (error?: unknown) => void = () => undefined;

  constructor() {
    super('');
  }

  add(statement: Statement, params: readonly Parameter[]): Promise<StatementAnswer> {
    return new Promise((resolve, reject) => {
      const kept = { rows: [], columns: [], known: undefined, answer: undefined, fault: undefined };
      this.#entries.push({ statement, params, resolve, reject, ...kept });
    });
  }

  override submit = (connection: pg.Connection): null => {
    const known = preparedOn.get(connection) ?? new Map<string, Known>();
    preparedOn.set(connection, known);
    connection.stream.cork();
    try {
      for (const entry of this.#entries) send(connection, entry, known);
      connection.sync();
    } finally {
      connection.stream.uncork();
    }
    return null;
  };

  handleRowDescription({ fields }: { readonly fields: readonly { name: string; dataTypeID: number }[] }): void {
    const entry = this.#current();
    entry.columns = fields.map(({ name, dataTypeID }) => ({
      name,
      parse: types.getTypeParser(dataTypeID, 'text'),
    }));
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const entry = this.#current();
    const row: Record<string, unknown> = {};
    try {
      for (let at = 0; at < fields.length; at++) {
        const column = entry.columns[at] as Column;
        const text = fields[at] as string | null;
        row[column.name] = text === null ? null : column.parse(text);
      }
    } catch (error) {
      entry.fault ??= error;
    }
    entry.rows.push(row);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const entry = this.#current();
    const words = text.split(' ');
    entry.answer = { command: words[0] ?? '', rowCount: Number(words.at(-1)) || 0, rows: entry.rows };
    if (entry.known !== undefined) entry.known.columns = entry.columns;
    this.#at++;
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: '' });
  }

  handleReadyForQuery(): void {
    this.#end(undefined);
  }

  handleError(error: unknown): void {
    for (const { known, answer } of this.#entries) {
      if (known !== undefined && known.columns === undefined && answer === undefined) known.isDoubtful = true;
    }
    this.#end(error);
  }

  #end(error: unknown): void {
    this.callback(error);
    for (const { answer, fault, resolve, reject } of this.#entries.splice(0)) {
      if (fault !== undefined) reject(fault);
      else if (answer === undefined) reject(error);
      else resolve(answer);
    }
  }

  #current(): Entry {
    const entry = this.#entries[this.#at];
    if (entry === undefined) throw new Error('an answer that nobody asked for');
    return entry;
  }
}

/** Parse where needed, Bind, Describe where the columns are not known, Execute. */
function send(connection: pg.Connection, entry: Entry, known: Map<string, Known>): void {
  const { statement, params } = entry;
  const { name, text } = typeof statement === 'string' ? { name: '', text: statement } : statement;
  const before = name === '' ? undefined : known.get(name);
  if (before === undefined || before.isDoubtful) {
    // Closing what is not there is no error.
    if (before !== undefined) connection.close({ type: 'S', name }, true);
    connection.parse({ name, text, types: [] }, true);
    entry.known = { columns: undefined, isDoubtful: false };
    if (name !== '') known.set(name, entry.known);
  } else {
    entry.known = before;
  }
  connection.bind({ statement: name, values: [...params] }, true);
  if (entry.known.columns === undefined) connection.describe({ type: 'P' }, true);
  else entry.columns = entry.known.columns;
  connection.execute(null, true);
}
