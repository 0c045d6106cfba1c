import { createHash } from 'node:crypto';
import { Client } from 'pg';

/** What is in a pipeline's store, past all services. */
export class Stored {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const client = new Client({ connectionString: this.#url });
    client.on('error', () => {});
    await client.connect();
    try {
      await client.query(`set timezone = 'UTC'`);
      return (await client.query<Row>(text, [...values])).rows;
    } finally {
      await client.end();
    }
  }

  /** Instants in UTC with microseconds, by id. */
  async timestamps(): Promise<ReadonlyMap<string, string>> {
    const rows = await this.query<{ id: string; instant: string }>(
      `select id, to_char(event_timestamp, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as instant from sluice.timestamp_records`,
    );
    return new Map(rows.map(({ id, instant }) => [id, instant]));
  }

  /** Every column of every row as text, ordered by id, and the hash of it all. */
  async dump(): Promise<{ readonly rows: readonly string[]; readonly sha256: string }> {
    const found = await this.query<{ row: string }>(
      'select t::text as row from sluice.timestamp_records t order by id',
    );
    const rows = found.map(({ row }) => row);
    return { rows, sha256: createHash('sha256').update(rows.join('\n')).digest('hex') };
  }

  async deadLetters(): Promise<
    readonly { readonly command_id: string; readonly reason: string; readonly value: Buffer }[]
  > {
    return await this.query(
      'select command_id, reason, value from sluice.dead_letters order by partition, record_offset, length(message_id), message_id',
    );
  }

  /** Which of the commands have an outcome. */
  async outcomes(commandIds: readonly string[]): Promise<ReadonlySet<string>> {
    const found = await this.query<{ id: string }>(
      'select distinct command_id as id from sluice.commands where command_id = any($1::uuid[])',
      [commandIds],
    );
    return new Set(found.map(({ id }) => id));
  }

  /** The next offset of each partition. */
  async positions(group: string, topic: string): Promise<ReadonlyMap<number, number>> {
    const rows = await this.query<{ partition: number; next: string }>(
      'select partition, next_offset as next from sluice.positions where consumer_group = $1 and topic = $2',
      [group, topic],
    );
    return new Map(rows.map(({ partition, next }) => [partition, Number(next)]));
  }
}
