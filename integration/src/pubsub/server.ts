/** A Pub/Sub server under test. */
export interface PubSubServer extends AsyncDisposable {
  /** `host:port`. */
  readonly address: string;
}

/** Where servers of one kind come from. */
export interface ServerKind {
  readonly name: string;
  /** A new server, with nothing in it. */
  start(): Promise<PubSubServer>;
}
