import type { JsonSchema, RouteDoc } from '../openapi/route-doc.ts';
import { NOT_READY } from '../problem.ts';

const TAGS = ['operations'];

const constants = (members: Readonly<Record<string, string>>): JsonSchema => ({
  type: 'object',
  required: Object.keys(members),
  properties: Object.fromEntries(Object.entries(members).map(([name, value]) => [name, { const: value }])),
});

const told = (operationId: string, summary: string, members: Readonly<Record<string, string>>): RouteDoc => ({
  operationId,
  summary,
  tags: TAGS,
  isSelfContained: true,
  answers: {
    200: {
      description: 'The process is alive. Whether it can work, `/ready` says.',
      content: { 'application/json': { schema: constants(members), examples: { alive: members } } },
    },
  },
});

export const ALIVE_DOC = told('getHealth', 'Whether the process is alive', { status: 'UP', Status: 'UP' });

export const HEALTHY_DOC = told('getApiHealth', 'Whether the process is alive, in the words of the activity service', {
  status: 'healthy',
});

const dependencies: JsonSchema = { type: 'object', additionalProperties: { type: 'string' } };

export const READY_DOC: RouteDoc = {
  operationId: 'getReady',
  summary: 'Whether all that the service depends on can be used',
  tags: TAGS,
  isSelfContained: true,
  answers: {
    200: {
      description: 'All can be used.',
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['status', 'dependencies'],
            properties: { status: { const: 'ready' }, dependencies },
          },
          examples: { ready: { status: 'ready', dependencies: { broker: 'ready' } } },
        },
      },
    },
  },
  problems: [{ kind: NOT_READY, schema: { type: 'object', required: ['dependencies'], properties: { dependencies } } }],
};

export const METRICS_DOC: RouteDoc = {
  operationId: 'getMetrics',
  summary: "The service's figures",
  tags: TAGS,
  isSelfContained: true,
  answers: {
    200: {
      description: "In Prometheus's text format.",
      content: {
        'text/plain': {
          schema: { type: 'string' },
          examples: { one: '# TYPE things_total counter\nthings_total 1\n' },
        },
      },
    },
  },
};
