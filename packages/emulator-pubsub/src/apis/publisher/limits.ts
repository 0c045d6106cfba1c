/** Of https://cloud.google.com/pubsub/quotas, "Resource limits". */
export const MAX_MESSAGES = 1000;
export const MAX_ATTRIBUTES = 100;
export const MAX_KEY_BYTES = 256;
export const MAX_VALUE_BYTES = 1024;
export const MAX_ORDERING_KEY_BYTES = 1024;
