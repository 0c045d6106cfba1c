import type { DocumentedRefusal } from '../observation.ts';
import type { Rpc } from '../rpcs.ts';

/** What is there when malformed requests arrive. */
export interface Base {
  readonly project: string;
  readonly topic: string;
  readonly subscription: string;
  readonly schema: string;
  /** The name of something that is not there: `of('topics', 'x')`. */
  readonly of: (collection: string, id: string) => string;
}

/** A request that must be refused, and how. */
export interface Malformed {
  readonly rpc: Rpc;
  readonly what: string;
  readonly request: (base: Base) => object;
  readonly documented: DocumentedRefusal;
}
