/** A request that somebody might send and nobody should, with the answer that it must have. */
export interface BadInput {
  readonly name: string;
  readonly to: 'ingest' | 'query';
  readonly request: Buffer;
  readonly answer: Refusal;
  /** What a good request of this kind is, whose cost bounds that of this one. */
  readonly door: Door;
}

/** A way into the product, as far as the cost of good requests differs. */
export type Door =
  | 'timestamp'
  | 'activity event'
  | 'activities'
  | 'event form'
  | 'stream event'
  | 'stream lines'
  | 'schema'
  | 'dead letters'
  | 'look-up'
  | 'list';

export interface Refusal {
  readonly status: number;
  /** The last part of the problem's type. */
  readonly type: string;
  /** Names the field, the rule and the value received. */
  readonly detail: RegExp;
  /** Further members, each exactly as given, a text also by a pattern; those of the old systems among them. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** The members that must repeat the detail. */
  readonly repeatedAs?: readonly string[];
  /** Whether the request cannot be told from what follows it, so that the connection has to end. Default false. */
  readonly ends?: boolean;
  /** Whether the answer has no body, since HEAD was asked. Default false. */
  readonly isBare?: boolean;
}

/** Stands for a list of which the first is known, and others may follow. */
export class FirstOf {
  readonly first: unknown;

  constructor(first: unknown) {
    this.first = first;
  }
}
