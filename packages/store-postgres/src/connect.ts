import { Pool, type PoolClient, type PoolConfig } from 'pg';

export interface PostgresOptions {
  /** As every PostgreSQL client reads it: `postgres://user:password@host:port/database?sslmode=…`. */
  readonly url: string;
  /** The most connections at once. Default 10. */
  readonly poolSize?: number;
  /** How long to wait for a connection. Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** How long a statement may run, on the server. Default 30,000. */
  readonly statementTimeoutMs?: number;
  /** How long a statement may wait for a lock. Default 10,000. */
  readonly lockTimeoutMs?: number;
  /** Whether writers tell the listeners of other processes, by a statement of its own after commits. Default true. */
  readonly notifies?: boolean;
}

/** How much longer than the server the client waits: only a server that is out of reach has not answered by then. */
const answerGraceMs = (statementTimeoutMs: number): number => Math.min(statementTimeoutMs, 5_000);

export function connectionConfig(options: PostgresOptions): PoolConfig {
  const { url, connectTimeoutMs = 5_000, statementTimeoutMs = 30_000, lockTimeoutMs = 10_000 } = options;
  return {
    connectionString: url,
    application_name: 'sluice',
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + answerGraceMs(statementTimeoutMs),
    lock_timeout: lockTimeoutMs,
    // A process that was stopped in the middle of a transaction must not hold the position's lock for ever.
    idle_in_transaction_session_timeout: lockTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

export function openPool(options: PostgresOptions): Pool {
  const pool = new Pool({ ...connectionConfig(options), max: options.poolSize ?? 10, idleTimeoutMillis: 30_000 });
  // An idle connection that the server ends is replaced on the next use; nobody needs to hear of it.
  pool.on('error', () => {});
  // One in use reports its end to the query under way; without a listener the event would end the process.
  pool.on('connect', (client: PoolClient) => client.on('error', () => {}));
  return pool;
}
