import type { IncomingHttpHeaders } from 'node:http';

/** What a route is told of a request. */
export interface HttpRequest {
  /** As it was sent, without the query. */
  readonly path: string;
  /** The pattern's parts, each decoded once: they may hold a slash, a NUL, or be `..`. */
  readonly params: Readonly<Record<string, string>>;
  /**
   * The parameters behind the path, read when first asked for. A name may be there several times: see `singleParameter`.
   * @throws Refusal 400 where they are not percent-encoded UTF-8
   */
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Whole where the route's `body` says so; else, or where none was sent, empty. */
  readonly body: Buffer;
  readonly correlationId: string;
  /** Who sends. */
  readonly client: string;
  /** Aborts where the client goes away before it has its answer. Made when first asked for. */
  readonly signal: AbortSignal;
}
