import { randomUUID } from 'node:crypto';
import { waitFor } from '@sluice/testing';
import { request } from '../pipeline/client.ts';
import type { Log } from '../pipeline/log.ts';
import { sizedSchema, sizedStream, sizesOf } from './good-requests.ts';

interface Addresses {
  readonly ingest: string;
  readonly query: string;
}

const STRICT = {
  type: 'object',
  required: ['n'],
  additionalProperties: false,
  properties: {
    n: { type: 'number', maximum: 10 },
    s: { type: 'string', maxLength: 5 },
    slow: { type: 'string', pattern: '^(a+)+$' },
    slower: { type: 'string', pattern: '^(0|0?)*[1-9]$' },
    unique: { type: 'array', uniqueItems: true },
  },
};

/** What `Mallory` sends bad input to: a stream that takes any object, one that takes little, and some with long schemas. */
export async function attackersStreams({ ingest }: Addresses): Promise<void> {
  await register(ingest, 'Mallory/Bag', { type: 'object' });
  await register(ingest, 'Mallory/Strict', STRICT);
  for (const size of sizesOf('schema')) await register(ingest, sizedStream(size), sizedSchema(size));
}

/**
 * Fills what bad input must leave as it is: a client's streams with events, some of them dead letters, one of those
 * discarded; tables, activity events and timestamps.
 */
export async function victimsData({ ingest, query }: Addresses, logOf: (topic: string) => Log): Promise<void> {
  await register(ingest, 'Victim/Orders', { type: 'object', required: ['n'], properties: { n: { type: 'number' } } });
  await register(ingest, 'Victim/Gold_Fees', { type: 'object' });
  const accepted: string[] = [];
  for (let n = 0; n < 10; n++) {
    accepted.push(await post(`${ingest}/api/v1/streams/Victim/Orders`, { n }));
    accepted.push(await post(`${ingest}/api/v1/streams/Victim/Gold_Fees`, { n }));
    accepted.push(await post(`${ingest}/app`, {}));
    accepted.push(
      await post(`${ingest}/api/events`, {
        email: 'v@example.com',
        component: 'c',
        environment: 'e',
        message: `m${n}`,
        data: { n },
      }),
    );
    accepted.push(
      await post(`${ingest}/api/activities`, {
        activities: [
          {
            operation: 'insert',
            table: 'accounts',
            col_names: ['id', 'owner'],
            col_types: ['INTEGER', 'TEXT'],
            col_values: [n, 'Victim'],
          },
        ],
      }),
    );
  }
  const poison = Array.from({ length: 3 }, () => randomUUID());
  await logOf('Victim.Orders').produce(
    poison.map((id) => ({ key: id, value: '{"n":"no number"}', headers: { ce_id: id, ce_source: 'Victim' } })),
  );
  for (const id of [...accepted, ...poison]) {
    const outcome = await request('GET', `${query}/api/v1/commands/${id}?wait=30s`);
    if (outcome.status !== 200) throw new Error(`command ${id} has no outcome: ${JSON.stringify(outcome.json)}`);
  }
  const discarded = await fetch(`${ingest}/api/v1/dead-letters/${poison[0]}`, { method: 'DELETE' });
  if (discarded.status !== 202) throw new Error(`nothing was discarded: ${await discarded.text()}`);
}

/** What belongs to the victim in tables that others write too: no more of it, no less. */
export const VICTIMS_ROWS: readonly string[] = [
  `select * from sluice.events where client = 'Victim'`,
  `select * from sluice.dead_letters where stream like 'Victim.%'`,
  `select * from sluice.schema_versions where client = 'Victim'`,
  `select * from sluice.activity_events where email = 'v@example.com'`,
];

async function register(ingest: string, stream: string, schema: unknown): Promise<void> {
  await waitFor(`${stream} to be registered`, async () => {
    const response = await fetch(`${ingest}/api/v1/streams/${stream}`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ schema }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return true;
  });
}

async function post(url: string, json: unknown): Promise<string> {
  const answer = await request('POST', url, { json });
  if (answer.status >= 300) throw new Error(`${url} answered ${answer.status}: ${JSON.stringify(answer.json)}`);
  return String(answer.json.id);
}
