import { InternalError, isRogatoryError, RefusedError, type RogatoryError, UnavailableError } from '@rogatory/kernel';
import { DatabaseError } from 'pg';

/**
 * What is kept of a driver's error: its messages may quote stored values, so only the parts that name the schema stay.
 * The full text is kept for faults in our own SQL (class 42), which quote nothing but SQL.
 */
export class DriverFault extends Error {
  readonly sqlState: string;
  readonly table: string | undefined;
  readonly constraint: string | undefined;

  constructor(fault: DatabaseError) {
    const sqlState = fault.code ?? '';
    super(sqlState.startsWith('42') ? fault.message : `SQLSTATE ${sqlState} in ${fault.routine ?? 'the engine'}`);
    this.name = 'DriverFault';
    this.sqlState = sqlState;
    this.table = fault.table;
    this.constraint = fault.constraint;
  }
}

const CONFLICTS: Readonly<Record<string, { reason: string; retryable: boolean }>> = {
  '23505': { reason: 'unique', retryable: false },
  '23P01': { reason: 'exclusion', retryable: false },
  '23503': { reason: 'reference', retryable: false },
  '40001': { reason: 'serialization', retryable: true },
  '40P01': { reason: 'deadlock', retryable: true },
};
const TIMEOUTS = new Set(['57014', '55P03', '25P03', '25P04']);
const UNAVAILABLE = new Set(['53000', '53100', '53200', '53300', '57P01', '57P02', '57P03', '57P05', '58030']);

function unavailable(reason: string, cause?: unknown): UnavailableError {
  return new UnavailableError('database/unavailable', 'the database is not available', { details: { reason }, cause });
}

function ofSqlState(fault: DatabaseError): RogatoryError {
  const cause = new DriverFault(fault);
  const sqlState = cause.sqlState;
  const details = { sqlState, ...(fault.constraint === undefined ? {} : { constraint: fault.constraint }) };
  const conflict = CONFLICTS[sqlState];
  if (conflict !== undefined) {
    return new RefusedError('database/conflict', 'another change came first', {
      details: { ...details, reason: conflict.reason },
      retryable: conflict.retryable,
      cause,
    });
  }
  if (TIMEOUTS.has(sqlState)) return new UnavailableError('database/timeout', 'the database took too long', { cause });
  if (UNAVAILABLE.has(sqlState) || sqlState.startsWith('08')) return unavailable(sqlState, cause);
  if (sqlState === '42501')
    return new InternalError('database/denied', 'the database denied access', { details, cause });
  if (sqlState.startsWith('RG')) {
    return new RefusedError('database/refused', 'a rule of the database refused the change', { details, cause });
  }
  if (sqlState.startsWith('23')) {
    return new InternalError('database/constraint', 'a row breaks a constraint', { details, cause });
  }
  return new InternalError('database/internal', 'the database failed', { details, cause });
}

const CONNECTION_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ETIMEDOUT', 'ENOTFOUND', 'EACCES']);

/** `pg` gives these plain errors, without a code, when a connection is gone or going. */
const CONNECTION_TEXT =
  /^(Connection terminated|Client (was closed|has encountered)|Cannot use a pool|timeout expired)/;

/**
 * The typed error for anything a driver throws; nothing of the driver leaves this library.
 *
 * | code | family | when |
 * |---|---|---|
 * | `database/conflict` | refused | unique, exclusion or reference constraint (`details.constraint`), serialization failure, deadlock (`retryable`) |
 * | `database/refused` | refused | a trigger of ours raised SQLSTATE class `RG`; `details.constraint` names the rule |
 * | `database/timeout` | unavailable | statement, lock or transaction time limit |
 * | `database/unavailable` | unavailable | no connection, connection lost, disk full, shutting down |
 * | `database/denied` | internal | role or row-level security refused: the first wall has a hole |
 * | `database/constraint` | internal | check or not-null constraint: our code wrote a wrong row |
 * | `database/internal` | internal | anything else |
 */
export function databaseError(error: unknown): RogatoryError {
  if (isRogatoryError(error)) return error;
  if (error instanceof DatabaseError) return ofSqlState(error);
  if (typeof error !== 'object' || error === null) return new InternalError('database/internal', 'the database failed');
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code === 'string' && CONNECTION_CODES.has(code)) return unavailable(code);
  const message: unknown = Reflect.get(error, 'message');
  const text = typeof message === 'string' ? message : '';
  if (text === 'Query read timeout') return new UnavailableError('database/timeout', 'the database took too long');
  if (text.startsWith('timeout exceeded')) return unavailable('pool-exhausted');
  if (CONNECTION_TEXT.test(text)) return unavailable('connection');
  return new InternalError('database/internal', 'the database failed');
}
