import type { KafkaApi } from '../context.ts';
import { apiVersions } from './18-api-versions.ts';

/** Every API that is served, by key. */
// biome-ignore format: one line each, so that adding one touches no other
export const APIS: readonly KafkaApi[] = [
  apiVersions,
];
