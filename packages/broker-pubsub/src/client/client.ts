/** What the adapter has to say. Nothing goes to the console. */
export interface PubSubLogEntry {
  readonly level: 'warn' | 'info' | 'debug';
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}
