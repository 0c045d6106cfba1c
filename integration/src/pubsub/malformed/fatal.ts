import { refused } from '../observation.ts';
import type { Malformed } from './case.ts';

/** Requests that end pstest's process, so that each needs a server of its own. */
export const fatalCases: readonly Malformed[] = [
  {
    rpc: 'updateTopic',
    what: 'no mask',
    request: ({ topic }) => ({ topic: { name: topic } }),
    documented: refused('INVALID_ARGUMENT', /mask/),
  },
  {
    rpc: 'updateTopic',
    what: 'a schema in the mask alone',
    request: ({ topic }) => ({ topic: { name: topic }, updateMask: { paths: ['schema_settings.schema'] } }),
    documented: refused('INVALID_ARGUMENT'),
  },
  {
    rpc: 'updateSubscription',
    what: 'no mask',
    request: ({ subscription }) => ({ subscription: { name: subscription } }),
    documented: refused('INVALID_ARGUMENT', /mask/),
  },
  {
    rpc: 'createSchema',
    what: 'no schema',
    request: ({ project }) => ({ parent: project, schemaId: 'abc' }),
    documented: refused('INVALID_ARGUMENT'),
  },
  {
    rpc: 'commitSchema',
    what: 'no schema',
    request: ({ schema }) => ({ name: schema }),
    documented: refused('INVALID_ARGUMENT'),
  },
  {
    rpc: 'validateSchema',
    what: 'no schema',
    request: ({ project }) => ({ parent: project }),
    documented: refused('INVALID_ARGUMENT'),
  },
  {
    rpc: 'listTopics',
    what: 'a page before the first',
    request: ({ project }) => ({ project, pageToken: '-1' }),
    documented: refused('INVALID_ARGUMENT', /page_?token/i),
  },
];
