import type { BodyRule } from './body/body.ts';
import type { RouteDoc } from './openapi/route-doc.ts';
import type { Reply } from './reply.ts';
import type { HttpRequest } from './request/request.ts';

/** A method and a path of a service. HEAD comes with GET. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /**
   * A pattern of @koa/router; it matches exactly, case and trailing slash included, and segment by segment as the
   * target was sent: what an escape stands for never ends a segment.
   */
  readonly path: string;
  /** What becomes of a body. Default `'discard'`. */
  readonly body?: BodyRule;
  /** What the OpenAPI document says of it. A route without is not in the document. */
  readonly doc?: RouteDoc;
  /**
   * How a refusal that comes before `handle` is worded here, such as of a body that is too large: the old systems' members
   * ride along. Default as it is.
   */
  refusedAs?(refusal: Reply): Reply;
  /** May throw: a `SluiceError` is answered by its code, a `Refusal` with its reply, anything else with 500. */
  handle(request: HttpRequest): Reply | Promise<Reply>;
}
