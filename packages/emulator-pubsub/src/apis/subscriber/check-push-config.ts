import type { google } from '@google-cloud/pubsub/build/protos/protos.js';
import { invalid, shown } from '../../grpc/errors.ts';
import type { SubscriptionProto } from '../../resources/subscription.ts';

type PushConfig = google.pubsub.v1.IPushConfig;

const VERSIONS = ['v1', 'v1beta1', 'v1beta2'];

export const isPush = ({ pushConfig }: SubscriptionProto): boolean => Boolean(pushConfig?.pushEndpoint);

/**
 * A push configuration as it is stored and answered: empty where messages are pulled.
 * @throws RpcError `INVALID_ARGUMENT`
 */
export function checkPushConfig(config: PushConfig | null | undefined): PushConfig {
  if (!config?.pushEndpoint) return {};
  const { pushEndpoint, attributes } = config;
  const protocol = URL.parse(pushEndpoint)?.protocol;
  if (protocol !== 'https:' && protocol !== 'http:') {
    throw invalid(
      `Invalid push endpoint given (endpoint=${shown(pushEndpoint)}). It must be an http:// or https:// URL.`,
    );
  }
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (key !== 'x-goog-version') throw invalid(`Unknown push_config attribute: ${shown(key)}.`);
    if (!VERSIONS.includes(value))
      throw invalid(`x-goog-version must be one of ${VERSIONS.join(', ')}, got ${shown(value)}.`);
  }
  const hasWrapper = Boolean(config.pubsubWrapper ?? config.noWrapper);
  return {
    ...config,
    attributes: { 'x-goog-version': 'v1', ...attributes },
    ...(!hasWrapper && { pubsubWrapper: {} }),
  };
}
