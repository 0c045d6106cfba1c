import { type ErrorCode, SluiceError } from '@sluice/core';
import { START_ANEW } from './schema.ts';

/** What a failure means, by SQLSTATE (https://www.postgresql.org/docs/18/errcodes-appendix.html); the longest prefix wins. */
const BY_SQLSTATE: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  '08': ['unavailable', 'the connection to PostgreSQL failed'],
  '22': ['invalid-data', 'a value does not fit its column'],
  '23': ['invalid-data', 'a value breaks a rule of its table'],
  '25006': ['unavailable', 'PostgreSQL takes no writes now (read-only)'],
  '25P03': ['unavailable', 'PostgreSQL ended a transaction that stood still'],
  '28': ['unauthorized', 'PostgreSQL refused the user or the password'],
  '3D': ['misconfigured', 'the database does not exist'],
  '40': ['contention', 'PostgreSQL aborted the transaction for the sake of another'],
  '42501': ['unauthorized', 'the database user lacks a right'],
  '3F': ['misconfigured', "Sluice's tables are missing; starting a service again makes them"],
  '42P01': ['misconfigured', "Sluice's tables are missing; starting a service again makes them, or says what to do"],
  '42P07': ['misconfigured', `a part of Sluice's tables is missing; ${START_ANEW}`],
  '42': ['misconfigured', 'the database does not have the tables that this version of Sluice made'],
  '53': ['unavailable', 'PostgreSQL is out of a resource'],
  '53100': ['unavailable', "PostgreSQL's disk is full"],
  '53300': ['unavailable', 'PostgreSQL has no connection left'],
  '54': ['invalid-data', 'a value is too large for PostgreSQL'],
  '55P03': ['contention', 'another transaction held a lock for too long'],
  '57014': ['unavailable', 'PostgreSQL took too long'],
  '57P': ['unavailable', 'PostgreSQL is starting or shutting down'],
  '58': ['unavailable', 'PostgreSQL cannot use its files'],
  XX: ['unavailable', 'PostgreSQL reports an internal fault'],
};

/** What the driver and the migration runner say of their own accord; they have no codes for these. */
const BY_MESSAGE: readonly (readonly [RegExp, ErrorCode, string])[] = [
  [/after calling end on the pool|Client was closed/, 'closed', 'the store was closed'],
  [/Query read timeout/, 'unavailable', 'PostgreSQL did not answer in time'],
  [/timeout exceeded|timeout expired|connection timeout/, 'unavailable', 'no connection to PostgreSQL in time'],
  [/Connection terminated|not queryable/, 'unavailable', 'the connection to PostgreSQL was lost'],
  [/does not support SSL/, 'misconfigured', 'PostgreSQL does not offer TLS, which the URL asks for'],
  [/password must be a (non-empty )?string/, 'unauthorized', 'PostgreSQL asks for a password, and the URL has none'],
  [/permission denied/, 'unauthorized', 'the database user lacks the right to make tables'],
  [/Unable to ensure migrations table/, 'unavailable', "PostgreSQL did not make Sluice's tables"],
  [/is preceding already run migration/, 'misconfigured', 'the database belongs to another version of Sluice'],
];

const CONNECTION_CODES =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|ENOTFOUND|EAI_AGAIN)$/;

const TLS_CODES = /^(ERR_TLS_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/;

/**
 * A `SluiceError` for what the driver threw, which stays its cause, for logs. Neither SQL nor the driver's own text gets
 * into the message. What is of unknown origin comes back as it is: a fault of ours must not look like an outage.
 */
export function translate(error: unknown): unknown {
  if (error instanceof SluiceError || !(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'ERR_INVALID_URL') return sluiceError('misconfigured', 'the URL of PostgreSQL cannot be read', error);
  if (TLS_CODES.test(code))
    return sluiceError('misconfigured', `PostgreSQL's certificate is not trusted (${code})`, error);
  if (CONNECTION_CODES.test(code)) {
    return sluiceError('unavailable', `PostgreSQL cannot be reached (${code})`, error);
  }
  if (/^[0-9A-Z]{5}$/.test(code)) return fromSqlState(code, error);
  const known = BY_MESSAGE.find(([pattern]) => pattern.test(error.message));
  return known ? sluiceError(known[1], known[2], error) : error;
}

/** Runs `work`, with what it throws translated. */
export async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translate(error);
  }
}

function fromSqlState(state: string, error: Error): unknown {
  for (let length = state.length; length >= 2; length--) {
    const entry = BY_SQLSTATE[state.slice(0, length)];
    if (entry) return sluiceError(entry[0], `${entry[1]}${place(error)} (SQLSTATE ${state})`, error);
  }
  return error;
}

/** The column or constraint that PostgreSQL names: identifiers of ours, never a value. */
function place(error: Error): string {
  const named = (field: string): string | undefined => {
    const value: unknown = Reflect.get(error, field);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const table = named('table');
  const part = named('constraint') ?? named('column');
  return table === undefined ? '' : `: ${table}${part === undefined ? '' : `.${part}`}`;
}

const sluiceError = (code: ErrorCode, message: string, cause: Error): SluiceError =>
  new SluiceError(code, message, { cause });
