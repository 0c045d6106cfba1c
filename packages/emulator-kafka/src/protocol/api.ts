import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/**
 * One API of the protocol, one file in `apis/`: the file's header lists the versions, the grammar and the gaps, and its
 * value is one line in the registry (`apis/registry.ts`), from which ApiVersions answers too.
 */
export interface Api<Context> extends ApiRange {
  /** The first version in which strings and arrays are compact and structures end in tagged fields (KIP-482). */
  readonly flexibleFrom: number;
  /** The first version really served, where more are advertised (KAFKA-18659). Default: the first advertised one. */
  readonly servedFrom?: number;
  /**
   * Whether requests of this API on one connection may run at the same time, each begun in the order received. All others
   * run alone, as Apache Kafka does it: a request sees everything that the connection's earlier requests did.
   */
  readonly overlaps?: boolean;
  /**
   * Decodes the whole request before it first awaits, then acts, and returns how to write the response's body. Headers,
   * framing and `flexible` of reader and writer are the connection's business.
   * @throws MalformedFrameError from the reader; the connection is closed.
   */
  handle(request: Reader, version: number, context: Context): Outcome | Promise<Outcome>;
}

/** What ApiVersions tells of an API. */
export interface ApiRange {
  readonly key: number;
  readonly name: string;
  /** First and last version advertised. */
  readonly versions: readonly [first: number, last: number];
}

/** Writes the response's body, or: nothing is sent (Produce with acks=0), or the connection is cut unanswered. */
export type Outcome = ((writer: Writer) => void) | 'no-response' | 'disconnect';
