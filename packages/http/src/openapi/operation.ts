import type { Route } from '../route.ts';
import { problemAnswer, problemsByStatus } from './problems.ts';
import type { AnswerDoc, BodyDoc, ContentDoc, ParameterDoc, RouteDoc } from './route-doc.ts';
import { OpenApiSchemas } from './schemas.ts';

/** The operations of a document as they are added. */
export class OpenApiOperations {
  readonly schemas = new OpenApiSchemas();
  /** By path, then method. */
  readonly #paths = new Map<string, Map<string, unknown>>();
  readonly #ids = new Set<string>();
  /** A template's path by itself without the names, which do not tell two apart. */
  readonly #templates = new Map<string, string>();

  /** @throws Error where the doc contradicts its route, or those added before */
  add(route: Route, doc: RouteDoc): void {
    const path = this.#template(route.path);
    if (this.#ids.has(doc.operationId)) throw new Error(`two routes have the operationId ${doc.operationId}`);
    this.#ids.add(doc.operationId);
    const operations = this.#paths.get(path) ?? new Map<string, unknown>();
    this.#paths.set(path, operations);
    const method = route.method.toLowerCase();
    if (operations.has(method)) throw new Error(`two routes are ${route.method} ${route.path}`);
    operations.set(method, this.#operation(route, doc));
  }

  /** As the document has them. */
  paths(): Record<string, unknown> {
    return Object.fromEntries([...this.#paths].map(([path, operations]) => [path, Object.fromEntries(operations)]));
  }

  /** `/a/{b}` for the router's `/a/:b`. */
  #template(pattern: string): string {
    const path = pattern.replaceAll(/:(\w+)/g, '{$1}');
    if (!/^(\/(\{\w+\}|[\w.~-])*)+$/.test(path)) throw new Error(`the pattern ${pattern} has no form in OpenAPI`);
    const bare = path.replaceAll(/\{\w+\}/g, '{}');
    const known = this.#templates.get(bare) ?? path;
    if (known !== path) throw new Error(`${known} and ${path} are the same path: give their parts the same names`);
    this.#templates.set(bare, path);
    return path;
  }

  #operation(route: Route, doc: RouteDoc): unknown {
    const { operationId, summary, description, tags, body } = doc;
    return {
      operationId,
      summary,
      ...(description !== undefined && { description }),
      ...(tags && { tags }),
      parameters: this.#parameters(route.path, doc),
      ...(body && { requestBody: this.#requestBody(body, operationId) }),
      responses: this.#responses(route, doc),
    };
  }

  #parameters(
    pattern: string,
    { operationId, params = {}, query = {}, headers = {}, isIdempotent }: RouteDoc,
  ): unknown[] {
    const names = [...pattern.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
    const told = Object.keys(params);
    if (names.length !== told.length || names.some((name) => !Object.hasOwn(params, name))) {
      throw new Error(`the params of ${operationId} must be those of ${pattern}, got ${told.join(', ') || 'none'}`);
    }
    const all = (where: string, docs: Readonly<Record<string, ParameterDoc>>): unknown[] =>
      Object.entries(docs).map(([name, { description, isRequired = where === 'path', schema, example }]) => ({
        name,
        in: where,
        ...(description !== undefined && { description }),
        ...(isRequired && { required: true }),
        schema: this.schemas.embed(schema, `${operationId}.${name}`),
        example,
      }));
    return [
      ...all('path', params),
      ...all('query', query),
      ...all('header', headers),
      { $ref: '#/components/parameters/correlationId' },
      ...(isIdempotent ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []),
    ];
  }

  #requestBody({ description, isRequired = true, content }: BodyDoc, operationId: string): unknown {
    return {
      ...(description !== undefined && { description }),
      required: isRequired,
      content: this.#content(content, `${operationId}.body`),
    };
  }

  #responses(route: Route, doc: RouteDoc): Record<string, unknown> {
    const { operationId, answers } = doc;
    const responses: Record<string, unknown> = {};
    for (const [status, answer] of Object.entries(answers)) {
      responses[status] = this.#answer(answer, `${operationId}.${status}`);
    }
    for (const [status, kinds] of problemsByStatus(route, doc)) {
      if (responses[status]) throw new Error(`${operationId} has both an answer and a problem with ${status}`);
      responses[status] = problemAnswer(kinds, this.schemas, operationId);
    }
    return responses;
  }

  #answer({ description, content, headers = {} }: AnswerDoc, name: string): unknown {
    return {
      description,
      headers: { correlationId: { $ref: '#/components/headers/correlationId' }, ...headers },
      ...(content && { content: this.#content(content, name) }),
    };
  }

  #content(content: Readonly<Record<string, ContentDoc>>, name: string): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(content).map(([mediaType, { schema, examples }]) => [
        mediaType,
        {
          schema: this.schemas.embed(schema, `${name}.${mediaType.replaceAll(/[^\w.-]/g, '.')}`),
          examples: Object.fromEntries(Object.entries(examples).map(([title, value]) => [title, { value }])),
        },
      ]),
    );
  }
}
