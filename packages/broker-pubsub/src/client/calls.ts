import { protos } from '@google-cloud/pubsub';
import { type ClientDuplexStream, Client as GrpcClient, Metadata, type ServiceError } from '@grpc/grpc-js';

const { PublishResponse } = protos.google.pubsub.v1;

/*
 * The two calls that carry messages, made on the generated client's own stub: a publish request is made of messages that
 * were encoded before (once for all tries, and to know their size), and a stream is wanted as grpc-js gives it.
 */

export type PullResponse = protos.google.pubsub.v1.IStreamingPullResponse;
export type PullRequest = protos.google.pubsub.v1.IStreamingPullRequest;
export type PullCall = ClientDuplexStream<PullRequest, PullResponse>;

export interface CallOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * @param stub what `initialize` of a generated client gives
 * @param topic its full name
 * @param request a `PublishRequest`, encoded
 * @returns the messages' ids
 */
export function publishCall(
  stub: unknown,
  topic: string,
  request: Buffer,
  { timeoutMs, signal }: CallOptions,
): Promise<readonly string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
  const call = stubOf(stub).makeUnaryRequest(
    '/google.pubsub.v1.Publisher/Publish',
    (bytes: Buffer) => bytes,
    (bytes) => PublishResponse.decode(bytes).messageIds,
    request,
    routedBy('topic', topic),
    { deadline: Date.now() + timeoutMs },
    (error: ServiceError | null, ids?: readonly string[]) => (error ? reject(error) : resolve(ids ?? [])),
  );
  const cancel = (): void => call.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  return promise.finally(() => signal.removeEventListener('abort', cancel));
}

/** @param subscription its full name */
export function pullCall(stub: unknown, subscription: string): PullCall {
  const methods = stubOf(stub) as GrpcClient & { streamingPull(metadata: Metadata): PullCall };
  return methods.streamingPull(routedBy('subscription', subscription));
}

function stubOf(stub: unknown): GrpcClient {
  if (stub instanceof GrpcClient) return stub;
  throw new TypeError('the generated client has no stub of @grpc/grpc-js');
}

/** What the generated client sends along, for Google to know where a request belongs. */
function routedBy(field: string, name: string): Metadata {
  const metadata = new Metadata();
  metadata.set('x-goog-request-params', `${field}=${encodeURIComponent(name)}`);
  return metadata;
}
