import { RpcError } from './rpc-error.ts';

/*
 * What the service says, in its own words where they are known: from its answers as people quote them in public issues,
 * and from Google's documentation. Where nobody has quoted an answer, the message names the field, the rule and the value.
 */

const MAX_SHOWN = 300;

/** A client's text as part of a message: bounded, and without what a header cannot carry. */
export function shown(text: string): string {
  const cut = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return cut.toWellFormed();
}

/** The last part of a name, which is how the service names a resource that it misses or has already. */
const idOf = (name: string): string => shown(name.slice(name.lastIndexOf('/') + 1));

export const notFound = (name: string): RpcError =>
  new RpcError('NOT_FOUND', `Resource not found (resource=${idOf(name)}).`);

export const alreadyExists = (name: string): RpcError =>
  new RpcError('ALREADY_EXISTS', `Resource already exists in the project (resource=${idOf(name)}).`);

export const invalid = (message: string): RpcError => new RpcError('INVALID_ARGUMENT', message);

export const failedPrecondition = (message: string): RpcError => new RpcError('FAILED_PRECONDITION', message);

export const invalidArgument = (argument: string): RpcError =>
  invalid(`You have passed an invalid argument to the service (argument=${argument}).`);

export const invalidName = (field: string, value: string): RpcError =>
  invalid(
    `Invalid resource name given (${field}=${shown(value)}). ` +
      'Refer to https://cloud.google.com/pubsub/docs/admin#resource_names for more information.',
  );

export const tooLarge = (
  what: 'message_count' | 'request_size' | 'message_size',
  value: number,
  most: number,
): RpcError =>
  invalid(`The value for ${what} is too large. You passed ${value} in the request, but the maximum value is ${most}.`);

export const payloadTooLarge = (mostBytes: number): RpcError =>
  invalid(`Request payload size exceeds the limit: ${mostBytes} bytes.`);

/** A request whose bytes are no message of its type. */
export const malformedRequest = (): RpcError => invalid('Request contains an invalid argument.');

export const maskMissing = (type: string): RpcError =>
  invalid(`The update_mask in the Update${type}Request must be set, and must contain a non-empty paths list.`);

export const maskUnknown = (type: string, path: string): RpcError =>
  invalid(
    `Invalid update_mask provided in the Update${type}Request: '${shown(path)}' is not a known ${type} field. ` +
      "Note that field paths must be of the form 'push_config' rather than 'pushConfig'.",
  );

export const maskImmutable = (type: string, path: string): RpcError =>
  invalid(
    `Invalid update_mask provided in the Update${type}Request: ` +
      `the '${shown(path)}' field in the ${type} is not mutable.`,
  );

/** What happened to acknowledgement ids of a subscription with exactly-once delivery. */
export const invalidAckIds = (reasons: ReadonlyMap<string, string>): RpcError =>
  new RpcError(
    'INVALID_ARGUMENT',
    'Some acknowledgement ids in the request were invalid. ' +
      'This could be because the acknowledgement ids have expired or the acknowledgement ids were malformed.',
    reasons,
  );

/** With a code that no client tries again by itself: which ids to send once more is what the reasons say. */
export const temporarilyFailedAckIds = (reasons: ReadonlyMap<string, string>): RpcError =>
  new RpcError('ABORTED', 'Some acknowledgement ids could not be processed. Try again.', reasons);

/** A policy that was read before another was set. */
export const policyChanged = (etag: Buffer, present: Buffer): RpcError =>
  new RpcError(
    'ABORTED',
    'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff. ' +
      `The request's ETag '${shown(etag.toString('base64'))}' did not match the current policy's ETag ` +
      `'${present.toString('base64')}'.`,
  );

/** A pull from a subscription whose messages are sent somewhere. */
export const notPulled = (): RpcError => failedPrecondition('This method is not supported for this subscription type.');

export const shuttingDown = (): RpcError => new RpcError('UNAVAILABLE', 'The server is shutting down.');

export const diskFull = (): RpcError => new RpcError('UNAVAILABLE', 'There is no room on the disk. Try again later.');

/** Of file descriptors, as a rule: every topic and every subscription has an open file. */
export const exhausted = (): RpcError =>
  new RpcError('UNAVAILABLE', 'The system has no more files or room to give. Try again later.');

/** Whatever went wrong inside: the log has the rest. */
export const internal = (): RpcError => new RpcError('INTERNAL', 'Internal error encountered.');
