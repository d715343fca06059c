import type { CompartmentId } from '@rogatory/kernel';
import type { Operation, RequestContext } from '@rogatory/access';
import { actSubjects } from '@rogatory/protocol';
import type { Reader } from '@rogatory/platform-database';
import type { Answered } from './acted.js';
import type { CompartmentRead } from './compartment-read.js';
import type { StatementReader } from './statement.store.js';

type Statements = Pick<StatementReader, 'heartbeats' | 'readableComplaints'>;

/** A member reads the newest heartbeat of each member device, or the complaints: answered, or waiting. */
export class ReadStatements {
  readonly #read: CompartmentRead;
  readonly #statements: Statements;

  constructor(read: CompartmentRead, statements: Statements) {
    this.#read = read;
    this.#statements = statements;
  }

  heartbeats(ctx: RequestContext, id: CompartmentId): Promise<Answered<readonly Uint8Array[]>> {
    return this.#run(ctx, id, {
      operation: 'query.heartbeats',
      detail: 'heartbeats',
      find: (reader) => this.#statements.heartbeats(reader, id),
    });
  }

  complaints(ctx: RequestContext, id: CompartmentId): Promise<Answered<readonly Uint8Array[]>> {
    return this.#run(ctx, id, {
      operation: 'query.complaints',
      detail: 'complaints',
      find: (reader) => this.#statements.readableComplaints(reader, id),
    });
  }

  #run(
    ctx: RequestContext,
    id: CompartmentId,
    query: {
      readonly operation: Operation;
      readonly detail: string;
      readonly find: (reader: Reader) => Promise<readonly Uint8Array[]>;
    },
  ): Promise<Answered<readonly Uint8Array[]>> {
    return this.#read.run(ctx, id, {
      operation: query.operation,
      subject: actSubjects.readCompartment(id),
      read: async (reader) => {
        const found = await query.find(reader);
        const bytes = found.reduce((sum, statement) => sum + statement.length, 0);
        return { result: found, what: { count: found.length, bytes, detail: query.detail } };
      },
    });
  }
}
