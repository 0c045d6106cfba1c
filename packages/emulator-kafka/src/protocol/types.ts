/** The id that stands for "no topic id" on the wire. */
export const NO_UUID = '00000000-0000-0000-0000-000000000000';

/**
 * Bytes from a client that are no well-formed request: the one error that decoding gives. It ends the connection it came
 * from, as in Apache Kafka, since nothing after it can be trusted to be a frame.
 */
export class MalformedFrameError extends Error {
  override readonly name = 'MalformedFrameError';
}
