import type { ReceivedMessage } from '../delivery/delivery.ts';
import type { StoredMessage } from '../storage/storage.ts';
import type { PushConfig } from './push-config.ts';

export interface PushRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * What a message is to its endpoint: wrapped, as in https://cloud.google.com/pubsub/docs/push, or as in
 * https://cloud.google.com/pubsub/docs/payload-unwrapping. Fields that are empty are left out.
 */
export function pushRequest(config: PushConfig, subscription: string, received: ReceivedMessage): PushRequest {
  if (config.noWrapper !== undefined) {
    const { message } = received;
    return {
      headers: config.noWrapper.writeMetadata ? metadataHeaders(subscription, message) : {},
      body: message.data,
    };
  }
  const wrap = config.attributes['x-goog-version'] === 'v1beta1' ? wrappedV1Beta1 : wrapped;
  return {
    headers: { 'Content-Type': 'application/json' },
    body: Buffer.from(JSON.stringify(wrap(subscription, received))),
  };
}

function wrapped(subscription: string, { message, deliveryAttempt }: ReceivedMessage): object {
  const { data, attributes, messageId, orderingKey, publishTimeUs } = message;
  const publishTime = timestamp(publishTimeUs);
  return {
    ...(deliveryAttempt > 0 && { deliveryAttempt }),
    message: {
      ...(Object.keys(attributes).length > 0 && { attributes }),
      ...(data.length > 0 && { data: data.toString('base64') }),
      messageId,
      message_id: messageId,
      ...(orderingKey !== '' && { orderingKey }),
      publishTime,
      publish_time: publishTime,
    },
    subscription,
  };
}

/** What is an attribute today was a label then, and names began with the kind of the resource. */
function wrappedV1Beta1(subscription: string, { message }: ReceivedMessage): object {
  const [, project, , name] = subscription.split('/');
  const label = Object.entries(message.attributes).map(([key, strValue]) => ({ key, strValue }));
  return {
    message: {
      data: message.data.toString('base64'),
      ...(label.length > 0 && { label }),
      messageId: message.messageId,
    },
    subscription: `/subscriptions/${project}/${name}`,
  };
}

/** These say how the request itself is sent; an attribute of such a name cannot be a header. */
const OWN_HEADERS = new Set([
  ...['authorization', 'connection', 'content-length', 'date', 'expect', 'host', 'keep-alive', 'proxy-connection'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade', 'user-agent'],
]);

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

// What else there is could not be told from the bytes of another encoding, or would end the header.
const HEADER_VALUE = /^[\t\x20-\x7e]*$/;

function metadataHeaders(subscription: string, message: StoredMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [key, value] of Object.entries(message.attributes)) {
    if (isHeader(key, value)) headers[key] = value;
  }
  headers['x-goog-pubsub-subscription-name'] = subscription;
  headers['x-goog-pubsub-message-id'] = message.messageId;
  headers['x-goog-pubsub-publish-time'] = timestamp(message.publishTimeUs);
  if (HEADER_VALUE.test(message.orderingKey) && message.orderingKey !== '') {
    headers['x-goog-pubsub-ordering-key'] = message.orderingKey;
  }
  return headers;
}

/** `__proto__` is a token, but no key that an object of headers can have. */
function isHeader(key: string, value: string): boolean {
  const name = key.toLowerCase();
  if (!TOKEN.test(key) || !HEADER_VALUE.test(value) || name === '__proto__') return false;
  return !OWN_HEADERS.has(name) && !name.startsWith('x-goog-pubsub-');
}

/** RFC 3339 as protocol buffers write it: with 0, 3 or 6 digits of a second. */
function timestamp(us: number): string {
  const instant = new Date(Math.floor(us / 1_000)).toISOString();
  const microseconds = ((us % 1_000) + 1_000) % 1_000;
  if (microseconds > 0) return `${instant.slice(0, -1)}${String(microseconds).padStart(3, '0')}Z`;
  return instant.endsWith('.000Z') ? `${instant.slice(0, -5)}Z` : instant;
}
