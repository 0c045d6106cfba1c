import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { operationRoutes } from '../operations/operations.ts';
import { INVALID_BODY, type ProblemKind, UNAVAILABLE } from '../problem.ts';
import { json } from '../reply.ts';
import type { Route } from '../route.ts';
import { openApiFaults } from '../testing/openapi-faults.ts';
import { testServer } from '../testing/server.ts';
import { openApiDocument, openApiRoute } from './openapi.ts';
import type { RouteDoc } from './route-doc.ts';

const INFO = { title: 'Things', version: '1.0.0', description: 'Of all sorts.' };
const UNKNOWN_THING: ProblemKind = { status: 404, name: 'unknown-thing', title: 'Unknown thing' };

const TREE = {
  $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } },
  type: 'object',
  required: ['root'],
  properties: { root: { $ref: '#/$defs/node' } },
};

const answers: RouteDoc['answers'] = {
  200: {
    description: 'Done.',
    content: { 'application/json': { schema: { type: 'object' }, examples: { done: { ok: true } } } },
  },
};
const ID = { schema: { type: 'string' }, example: 'x1' };

const put: Route = {
  method: 'PUT',
  path: '/things/:id/parts/:part',
  body: { limitBytes: 1_000 },
  doc: {
    operationId: 'putPart',
    summary: 'Put a part',
    description: 'At its place.',
    tags: ['parts'],
    params: { id: ID, part: { ...ID, description: 'Of the thing.' } },
    query: { wait: { description: 'How long.', schema: { type: 'string', pattern: '^[0-9]+s$' }, example: '5s' } },
    headers: { 'X-Mode': { isRequired: true, schema: { enum: ['a', 'b'] }, example: 'a' } },
    isIdempotent: true,
    body: { content: { 'application/json': { schema: TREE, examples: { deep: { root: { next: {} } } } } } },
    answers,
    problems: [
      {
        kind: INVALID_BODY,
        schema: { type: 'object', required: ['errors'], properties: { errors: { type: 'array' } } },
      },
      UNKNOWN_THING,
      { kind: UNAVAILABLE, schema: { type: 'object', required: ['old'] } },
    ],
  },
  handle: () => json(200, { ok: true }),
};
const get: Route = {
  method: 'GET',
  path: '/things',
  doc: { operationId: 'getThings', summary: 'List things', answers },
  handle: () => json(200, { ok: true }),
};

// biome-ignore lint/suspicious/noExplicitAny: a test looks into all corners of the document.
const built = (routes: readonly Route[]): any => JSON.parse(JSON.stringify(openApiDocument(routes, INFO)));

test('the document is valid OpenAPI, with examples that fit', async () => {
  const routes = [put, get, ...operationRoutes({ metrics: new Registry(), dependencies: [] })];
  const document = openApiDocument([...routes, openApiRoute(routes, INFO)], INFO);
  assert.deepEqual(await openApiFaults(document), []);
  assert.equal(document.openapi, '3.1.1');
  assert.deepEqual(document.info, INFO);
});

test('an operation says what its route does', () => {
  const { paths } = built([put, get]);
  assert.deepEqual(Object.keys(paths), ['/things/{id}/parts/{part}', '/things']);
  const operation = paths['/things/{id}/parts/{part}'].put;
  const { operationId, summary, description, tags, requestBody } = operation;
  assert.deepEqual(
    { operationId, summary, description, tags },
    { operationId: 'putPart', summary: 'Put a part', description: 'At its place.', tags: ['parts'] },
  );
  assert.deepEqual(operation.parameters, [
    { name: 'id', in: 'path', required: true, ...ID },
    { name: 'part', in: 'path', description: 'Of the thing.', required: true, ...ID },
    {
      name: 'wait',
      in: 'query',
      description: 'How long.',
      schema: { type: 'string', pattern: '^[0-9]+s$' },
      example: '5s',
    },
    { name: 'X-Mode', in: 'header', required: true, schema: { enum: ['a', 'b'] }, example: 'a' },
    { $ref: '#/components/parameters/correlationId' },
    { $ref: '#/components/parameters/IdempotencyKey' },
  ]);
  assert.equal(requestBody.required, true);
  assert.deepEqual(requestBody.content['application/json'].examples, { deep: { value: { root: { next: {} } } } });
  assert.deepEqual(paths['/things'].get.parameters, [{ $ref: '#/components/parameters/correlationId' }]);
});

/** The kinds by status, as the schemas of an operation's problems name them. */
function kindsOf(document: ReturnType<typeof built>, path: string, method: string): Record<string, readonly string[]> {
  const { responses } = document.paths[path][method];
  const kinds = Object.entries<ReturnType<typeof built>>(responses).map(([status, { content }]) => {
    const schema = content['application/problem+json']?.schema;
    const text = JSON.stringify(schema?.anyOf ?? schema ?? '');
    return [status, [...text.matchAll(/schemas\/(\w+)Problem"/g)].map(([, name]) => name)];
  });
  return Object.fromEntries(kinds.filter(([, names]) => names?.length));
}

const COMMON = {
  400: ['MalformedRequest', 'InvalidCorrelationId', 'InvalidIdempotencyKey'],
  408: ['RequestTimeout'],
  413: ['TooLarge'],
  417: ['ExpectationFailed'],
  431: ['HeadersTooLarge'],
  500: ['Internal'],
};

test('each operation has its own problems, and those that it can have without its doing', () => {
  const document = built([put, get, ...operationRoutes({ metrics: new Registry(), dependencies: [] })]);
  assert.deepEqual(kindsOf(document, '/things/{id}/parts/{part}', 'put'), {
    ...COMMON,
    400: ['InvalidBody', ...COMMON[400]],
    404: ['UnknownThing', 'NotFound'],
    415: ['UnsupportedMediaType'],
    503: ['Unavailable', 'Overloaded'],
  });
  assert.deepEqual(kindsOf(document, '/things', 'get'), { ...COMMON, 503: ['Unavailable', 'Overloaded'] });
  assert.deepEqual(kindsOf(document, '/health', 'get'), COMMON);
  assert.deepEqual(kindsOf(document, '/ready', 'get'), { ...COMMON, 503: ['NotReady'] });
  const unavailable =
    document.paths['/things/{id}/parts/{part}'].put.responses[503].content['application/problem+json'];
  assert.deepEqual(unavailable.schema.anyOf[0].allOf, [
    { $ref: '#/components/schemas/UnavailableProblem' },
    { type: 'object', required: ['old'] },
  ]);
  const { UnknownThingProblem } = document.components.schemas;
  assert.deepEqual(UnknownThingProblem.allOf[1].properties, {
    type: { const: 'urn:sluice:problem:unknown-thing' },
    title: { const: 'Unknown thing' },
    status: { const: 404 },
  });
  const { responses } = document.paths['/things'].get;
  for (const [status, response] of Object.entries<ReturnType<typeof built>>(responses)) {
    assert.ok(response.headers.correlationId, status);
    assert.equal('Retry-After' in response.headers, status === '503');
  }
});

test('a schema that refers into itself still does so in the document', () => {
  const again: Route = { ...put, path: '/again/:id/:part', doc: { ...(put.doc as RouteDoc), operationId: 'again' } };
  const document = built([put, again]);
  const reference = { $ref: '#/components/schemas/putPart.body.application.json' };
  for (const path of ['/things/{id}/parts/{part}', '/again/{id}/{part}']) {
    assert.deepEqual(document.paths[path].put.requestBody.content['application/json'].schema, reference);
  }
  const schema = document.components.schemas['putPart.body.application.json'];
  assert.equal(schema.properties.root.$ref, `${reference.$ref}/$defs/node`);
  assert.equal(schema.$defs.node.properties.next.$ref, `${reference.$ref}/$defs/node`);
  // The route's own schema, which also validates, is as it was.
  assert.equal(TREE.properties.root.$ref, '#/$defs/node');
});

test('a schema with an id may describe several operations', async () => {
  const $schema = 'https://json-schema.org/draft/2020-12/schema';
  const schema = { ...TREE, $id: 'urn:things:tree', $schema };
  const body = { content: { 'application/json': { schema, examples: { deep: { root: { next: {} } } } } } };
  const doc = { ...(put.doc as RouteDoc), body };
  const document = openApiDocument(
    [
      { ...put, doc },
      { ...put, path: '/again/:id/:part', doc: { ...doc, operationId: 'again' } },
    ],
    INFO,
  );
  assert.deepEqual(await openApiFaults(document), []);
  assert.doesNotMatch(JSON.stringify(document), /urn:things:tree/);
});

test('data in a schema is left alone, whatever it looks like', () => {
  const data = { $ref: '#/$defs/node' };
  const schema = { ...TREE, examples: [data], properties: { root: { const: data }, $ref: { $ref: '#' } } };
  const body = { content: { 'application/json': { schema, examples: {} } } };
  const document = built([{ ...put, doc: { ...(put.doc as RouteDoc), body } }]);
  const embedded = document.components.schemas['putPart.body.application.json'];
  assert.deepEqual(embedded.examples, [data]);
  assert.deepEqual(embedded.properties, {
    root: { const: data },
    $ref: { $ref: '#/components/schemas/putPart.body.application.json' },
  });
});

test('docs that contradict their routes or each other are refused', () => {
  const doc = put.doc as RouteDoc;
  const other = (changes: Partial<Route>, docs: Partial<RouteDoc> = {}): Route => ({
    ...put,
    ...changes,
    doc: { ...doc, operationId: 'other', ...docs },
  });
  for (const [routes, message] of [
    [[put, other({ path: '/b/:id/:part' }, { operationId: 'putPart' })], /two routes have the operationId putPart/],
    [[put, other({})], /two routes are PUT \/things\/:id\/parts\/:part/],
    [[put, other({ path: '/things/:part/parts/:id' })], /are the same path: give their parts the same names/],
    [[other({}, { params: { id: ID } })], /the params of other must be those of \/things\/:id\/parts\/:part, got id$/],
    [[other({}, { params: { id: ID, part: ID, x: ID } })], /must be those of .*, got id, part, x$/],
    [[other({ path: '/x' })], /must be those of \/x, got id, part$/],
    [[other({ path: '/x{/:id}/:part' })], /has no form in OpenAPI/],
    [[other({ path: '/*id/:part' })], /has no form in OpenAPI/],
    [[other({}, { answers: { 404: { description: 'None.' } } })], /other has both an answer and a problem with 404/],
  ] as const) {
    assert.throws(() => openApiDocument(routes, INFO), message);
  }
});

test('what is wrong with a document is found', async () => {
  const withDoc = (docs: Partial<RouteDoc>): Route => ({ ...get, doc: { ...(get.doc as RouteDoc), ...docs } });
  const bad = { schema: { type: 'integer' }, example: 'five' };
  for (const [route, fault] of [
    [{ ...get, doc: undefined }, /no doc: \["GET \/things"\]/],
    [withDoc({ query: { limit: bad } }), /parameters\/0\/schema: data must be integer/],
    [
      withDoc({ answers: { 200: { description: '', content: { 'a/b': { schema: false, examples: { x: 1 } } } } } }),
      /responses\/200\/content\/a~1b\/schema/,
    ],
    [
      withDoc({
        answers: { 200: { description: '', content: { 'a/b': { schema: { $ref: '#/none' }, examples: {} } } } },
      }),
      /none/,
    ],
    [withDoc({ summary: 5 as unknown as string }), /summary/],
  ] as const) {
    const { doc, ...rest } = route;
    const faults = await openApiFaults(openApiDocument([doc ? { ...rest, doc } : rest, put], INFO)).catch(String);
    assert.match(String(faults), fault);
  }
  assert.match(String(await openApiFaults({ openapi: '3.1.1', info: INFO, paths: {} })), /no example was found/);
});

test('the document is served, with itself in it', async () => {
  const routes = [put, get];
  const served = openApiRoute(routes, INFO);
  await using server = await testServer([...routes, served]);
  const response = await fetch(`${server.url}/openapi.json`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8');
  const document = await response.json();
  assert.deepEqual(document, built([...routes, served]));
  assert.ok((document as ReturnType<typeof built>).paths['/openapi.json'].get);
});
