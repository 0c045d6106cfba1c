import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReceivedMessage } from '../delivery/delivery.ts';
import type { StoredMessage } from '../storage/storage.ts';
import type { PushConfig } from './push-config.ts';
import { pushRequest } from './push-request.ts';

const SUBSCRIPTION = 'projects/p/subscriptions/s';
const config: PushConfig = { endpoint: 'http://127.0.0.1:1/', attributes: { 'x-goog-version': 'v1' } };

function received(message: Partial<StoredMessage> = {}, deliveryAttempt = 0): ReceivedMessage {
  return {
    ackId: 'a',
    deliveryAttempt,
    message: {
      data: Buffer.from('{"status":"Hello there"}'),
      attributes: {},
      orderingKey: '',
      offset: 0,
      messageId: '42',
      publishTimeUs: Date.UTC(2026, 0, 2, 3, 4, 5, 678) * 1_000,
      encoded: Buffer.alloc(0),
      ...message,
    },
  };
}

const sent = (of: PushConfig, what: ReceivedMessage) => {
  const { headers, body } = pushRequest(of, SUBSCRIPTION, what);
  return { headers, body: body.toString() };
};

test('a wrapped message has each name in both spellings', () => {
  const { headers, body } = sent(config, received({ attributes: { key: 'value' }, orderingKey: 'k' }, 3));
  assert.deepEqual(headers, { 'Content-Type': 'application/json' });
  assert.deepEqual(JSON.parse(body), {
    deliveryAttempt: 3,
    message: {
      attributes: { key: 'value' },
      data: 'eyJzdGF0dXMiOiJIZWxsbyB0aGVyZSJ9',
      messageId: '42',
      message_id: '42',
      orderingKey: 'k',
      publishTime: '2026-01-02T03:04:05.678Z',
      publish_time: '2026-01-02T03:04:05.678Z',
    },
    subscription: SUBSCRIPTION,
  });
});

test('what is empty is left out of a wrapped message', () => {
  const { body } = sent(config, received({ data: Buffer.alloc(0), attributes: { a: '' } }));
  assert.deepEqual(Object.keys(JSON.parse(body).message), [
    'attributes',
    'messageId',
    'message_id',
    'publishTime',
    'publish_time',
  ]);
  assert.deepEqual(Object.keys(JSON.parse(body)), ['message', 'subscription']);
  assert.deepEqual(Object.keys(JSON.parse(sent(config, received()).body).message)[0], 'data');
});

test('a time has the digits it needs', () => {
  const time = (us: number): string =>
    JSON.parse(sent(config, received({ publishTimeUs: us })).body).message.publishTime;
  assert.equal(time(1_700_000_000_000_000), '2023-11-14T22:13:20Z');
  assert.equal(time(1_700_000_000_010_000), '2023-11-14T22:13:20.010Z');
  assert.equal(time(1_700_000_000_010_007), '2023-11-14T22:13:20.010007Z');
});

test('v1beta1 has labels and names that begin with the kind', () => {
  const old = { ...config, attributes: { 'x-goog-version': 'v1beta1' } };
  assert.deepEqual(JSON.parse(sent(old, received({ attributes: { key: 'value' } })).body), {
    message: { data: 'eyJzdGF0dXMiOiJIZWxsbyB0aGVyZSJ9', label: [{ key: 'key', strValue: 'value' }], messageId: '42' },
    subscription: '/subscriptions/p/s',
  });
});

test('an unwrapped message is its data alone', () => {
  const bare = { ...config, noWrapper: { writeMetadata: false } };
  const { headers, body } = sent(bare, received({ attributes: { 'Content-Type': 'text/plain' }, orderingKey: 'k' }));
  assert.deepEqual(headers, {});
  assert.equal(body, '{"status":"Hello there"}');
});

test('an unwrapped message may have its metadata and attributes in headers', () => {
  const withMetadata = { ...config, noWrapper: { writeMetadata: true } };
  const attributes = { 'Content-Type': 'application/json', color: 'red' };
  assert.deepEqual(sent(withMetadata, received({ attributes, orderingKey: 'k' })).headers, {
    'Content-Type': 'application/json',
    color: 'red',
    'x-goog-pubsub-subscription-name': SUBSCRIPTION,
    'x-goog-pubsub-message-id': '42',
    'x-goog-pubsub-publish-time': '2026-01-02T03:04:05.678Z',
    'x-goog-pubsub-ordering-key': 'k',
  });
});

test('an attribute that no header can be, or that would change the request, is left out', () => {
  const withMetadata = { ...config, noWrapper: { writeMetadata: true } };
  const attributes = JSON.parse(`{
    "a b": "x", "a:b": "x", "": "x", "\\u00e9": "x", "__proto__": "x", "injected": "x\\r\\nhost: evil", "nul": "\\u0000",
    "umlaut": "\\u00e4", "Host": "evil", "content-length": "5", "Transfer-Encoding": "chunked", "Authorization": "me",
    "X-Goog-Pubsub-Message-Id": "7"
  }`);
  assert.deepEqual(Object.keys(sent(withMetadata, received({ attributes, orderingKey: 'a\r\nb' })).headers), [
    'x-goog-pubsub-subscription-name',
    'x-goog-pubsub-message-id',
    'x-goog-pubsub-publish-time',
  ]);
});
