import type { Clients } from './clients.ts';

/** Every RPC that the services have, with the client whose method it is. */
export const RPCS = {
  createTopic: 'publisher',
  updateTopic: 'publisher',
  publish: 'publisher',
  getTopic: 'publisher',
  listTopics: 'publisher',
  listTopicSubscriptions: 'publisher',
  listTopicSnapshots: 'publisher',
  deleteTopic: 'publisher',
  detachSubscription: 'publisher',
  createSubscription: 'subscriber',
  getSubscription: 'subscriber',
  updateSubscription: 'subscriber',
  listSubscriptions: 'subscriber',
  deleteSubscription: 'subscriber',
  modifyAckDeadline: 'subscriber',
  acknowledge: 'subscriber',
  pull: 'subscriber',
  modifyPushConfig: 'subscriber',
  getSnapshot: 'subscriber',
  listSnapshots: 'subscriber',
  createSnapshot: 'subscriber',
  updateSnapshot: 'subscriber',
  deleteSnapshot: 'subscriber',
  seek: 'subscriber',
  createSchema: 'schemas',
  getSchema: 'schemas',
  listSchemas: 'schemas',
  listSchemaRevisions: 'schemas',
  commitSchema: 'schemas',
  rollbackSchema: 'schemas',
  deleteSchemaRevision: 'schemas',
  deleteSchema: 'schemas',
  validateSchema: 'schemas',
  validateMessage: 'schemas',
  getIamPolicy: 'iam',
  setIamPolicy: 'iam',
  testIamPermissions: 'iam',
} as const satisfies Readonly<Record<string, 'publisher' | 'subscriber' | 'schemas' | 'iam'>>;

export type Rpc = keyof typeof RPCS;

type Method = (request: object, options: object) => Promise<readonly [unknown, ...unknown[]]>;

/** One attempt: what a client tries again would hide what the server said. */
const ONCE = { retry: null, timeout: 30_000, autoPaginate: false };
/** The answer as the server gave it: of a list, the whole of one page with its token. */
const RAW_OF_A_PAGE = 2;

/** Calls an RPC once. */
export async function call(clients: Clients, rpc: Rpc, request: object): Promise<unknown> {
  clients.called.add(rpc);
  const name = RPCS[rpc];
  const client = name === 'iam' ? clients.publisher.iamClient : clients[name];
  const method = client[rpc as keyof typeof client] as Method;
  const answer = await method.call(client, request, { ...ONCE });
  return rpc.startsWith('list') ? answer[RAW_OF_A_PAGE] : answer[0];
}
