import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitFor } from '@sluice/testing';
import type { Environment } from '../environments/environment.ts';
import { request } from '../pipeline/client.ts';
import { Pipeline } from '../pipeline/pipeline.ts';

/** What the old system's own integration tests ask, of the three services at once. */
export function seedFlow(environment: () => Environment): void {
  test('a timestamp goes in over HTTP and comes out, as the old clients ask for it', async (t) => {
    await using pipeline = await Pipeline.on(environment());
    const { ingest, consumer, query } = await pipeline.started('ingest', 'consumer', 'query');
    const lookUp = (id: unknown) =>
      waitFor('the record to be stored', async () => {
        const answer = await request('GET', `${query.url}/api/v1/timestamp/${id}`);
        assert.ok(answer.status === 200 || answer.status === 404, `status ${answer.status}`);
        return answer.status === 200 && answer.json;
      });

    await t.test('every service is healthy', async () => {
      for (const { url } of [ingest, consumer, query]) {
        const correlationId = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
        const { status, json, headers } = await request('GET', `${url}/health`, { headers: { correlationId } });
        assert.equal(status, 200);
        assert.equal(json.status, 'UP');
        assert.equal(json.Status, 'UP');
        assert.equal(headers.get('correlationId'), correlationId);
      }
    });

    await t.test('POST /app, then GET by id', async () => {
      const before = Date.now();
      const { status, json } = await request('POST', `${ingest.url}/app`);
      assert.equal(status, 200);
      const record = await lookUp(json.id);
      assert.equal(record.id, json.id);
      assert.equal(record.command_id, json.id);
      const instant = Date.parse(String(record.event_timestamp));
      assert.ok(instant >= before - 1000 && instant <= Date.now(), `event_timestamp is ${record.event_timestamp}`);
    });

    await t.test('an explicit timestamp comes back as the same instant in UTC, with created_at', async () => {
      const before = Date.now();
      const sent = '2006-01-02T15:04:05.123456+07:00';
      const { status, json } = await request('POST', `${ingest.url}/api/v1/timestamp/${encodeURIComponent(sent)}`);
      assert.equal(status, 200);
      const record = await lookUp(json.id);
      assert.equal(record.event_timestamp, '2006-01-02T08:04:05.123456Z');
      const created = Date.parse(String(record.created_at));
      assert.match(String(record.created_at), /Z$/);
      assert.ok(created >= before - 1 && created <= Date.now() + 1, `created_at is ${record.created_at}`);
    });

    await t.test('what is no RFC 3339 timestamp is refused, and nothing of it is stored', async () => {
      for (const sent of ['2024-02-30T00:00:00Z', '2024-01-01T24:00:00Z', '2024-01-01T00:00:00', 'yesterday']) {
        const { status, json } = await request('POST', `${ingest.url}/api/v1/timestamp/${encodeURIComponent(sent)}`);
        assert.equal(status, 400, sent);
        assert.match(String(json.detail), /timestamp must .*, got "/);
        assert.equal(json.Message, 'invalid timestamp passed, please use 2006-01-02T15:04:05Z07:00');
      }
    });
  });
}
