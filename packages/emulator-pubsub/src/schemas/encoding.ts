/** How a topic's messages are written: `google.pubsub.v1.Encoding`. */
export type Encoding = 'JSON' | 'BINARY';
