import type {
  ActivityEventFilter,
  ActivityEventRow,
  ClientEventFilter,
  ClientEventRow,
  CommandOutcome,
  DeadLetterFilter,
  DeadLetterSummary,
  Instant,
  PageRequest,
  RegistryChanges,
  RegistryMark,
  StoredDeadLetter,
  StoredPosition,
  StoreReader,
  TimestampRecord,
} from '@sluice/core';
import type { Pool } from 'pg';
import { translated } from '../errors.ts';
import { instantText } from '../instant-text.ts';
import { positionsOf } from '../positions.ts';
import { SCHEMA } from '../schema.ts';
import { activityEvents } from './activity-events.ts';
import { clientEvents } from './client-events.ts';
import { deadLetterById, deadLetters } from './dead-letters.ts';
import { outcomesOf } from './outcomes.ts';
import { registryChanges } from './registry.ts';

const TIMESTAMP_BY_ID = {
  name: 'timestamp-by-id',
  text: `select id, ${instantText('event_timestamp')}, ${instantText('created_at')}
    from ${SCHEMA}.timestamp_records where id = $1`,
};

interface TimestampColumns {
  readonly id: string;
  readonly event_timestamp: Instant;
  readonly created_at: Instant;
}

export class PostgresReader implements StoreReader {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async timestampById(id: string): Promise<TimestampRecord | undefined> {
    const { rows } = await translated(() => this.#pool.query<TimestampColumns>({ ...TIMESTAMP_BY_ID, values: [id] }));
    const [row] = rows;
    return row && { id: row.id, eventTimestamp: row.event_timestamp, createdAt: row.created_at };
  }

  async activityEvents(filter: ActivityEventFilter, page: PageRequest): Promise<readonly ActivityEventRow[]> {
    return await translated(() => activityEvents(this.#pool, filter, page));
  }

  async clientEvents(filter: ClientEventFilter, page: PageRequest): Promise<readonly ClientEventRow[]> {
    return await translated(() => clientEvents(this.#pool, filter, page));
  }

  async outcomes(commandIds: readonly string[]): Promise<readonly CommandOutcome[]> {
    return await translated(() => outcomesOf(this.#pool, commandIds));
  }

  async deadLetters(filter: DeadLetterFilter, page: PageRequest): Promise<readonly DeadLetterSummary[]> {
    return await translated(() => deadLetters(this.#pool, filter, page));
  }

  async deadLetterById(commandId: string): Promise<StoredDeadLetter | undefined> {
    return await translated(() => deadLetterById(this.#pool, commandId));
  }

  async registryChanges(since: RegistryMark | null): Promise<RegistryChanges> {
    return await translated(() => registryChanges(this.#pool, since));
  }

  async positions(group: string): Promise<readonly StoredPosition[]> {
    const { positions } = await translated(() => positionsOf(this.#pool, group));
    return positions;
  }
}
