import type { CallContext } from '../grpc/grpc-server.ts';
import { type StreamRpc, type UnaryDefinition, type UnaryRpc, unary } from '../grpc/rpc.ts';
import type { Service } from '../resources/service.ts';

/** What a handler has beside its request. */
export interface RequestContext extends CallContext {
  readonly service: Service;
}

export type Unary = UnaryRpc<RequestContext>;
export type Streaming = StreamRpc<RequestContext>;

/** A method of the emulator: `path` is `google.pubsub.v1.Publisher/GetTopic`. */
export const define = <Request, Answer>(definition: UnaryDefinition<RequestContext, Request, Answer>): Unary =>
  unary(definition);
