import type { ClientBase, Connection, Submittable } from 'pg';

/** Methods that the driver's types leave out. */
type CopyConnection = Connection & {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
};

/**
 * COPY … FROM STDIN, statement and data in one go: what the server reads of the data after it refused the statement or a
 * row, it drops (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY). So it costs one round trip, and
 * an error finds nothing of ours half sent.
 */
class CopyIn implements Submittable {
  /** The driver puts its time limit around it. */
  callback: (error: Error | null) => void;
  readonly #statement: string;
  readonly #data: Buffer;

  constructor(statement: string, data: Buffer, callback: (error: Error | null) => void) {
    this.#statement = statement;
    this.#data = data;
    this.callback = callback;
  }

  submit(connection: Connection): void {
    const { stream } = connection;
    stream.cork();
    connection.query(this.#statement);
    (connection as CopyConnection).sendCopyFromChunk(this.#data);
    (connection as CopyConnection).endCopyFrom();
    stream.uncork();
  }

  handleCopyInResponse(): void {}

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.callback(null);
  }

  handleError(error: Error): void {
    this.callback(error);
  }
}

/** Runs a `copy … from stdin` statement over data in the format it names; rejects as a query does. */
export async function copyIn(client: ClientBase, statement: string, data: Buffer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  client.query(new CopyIn(statement, data, (error) => (error ? reject(error) : resolve())));
  await promise;
}
