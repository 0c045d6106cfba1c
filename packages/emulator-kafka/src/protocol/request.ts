import type { Api } from './api.ts';
import { Reader } from './reader.ts';
import { MalformedFrameError } from './types.ts';
import { Writer } from './writer.ts';

/** A request whose header has been read; `body` stands at the first byte of the API's own fields. */
export interface Request<Context> {
  readonly api: Api<Context>;
  readonly version: number;
  /** Whether `version` is served. Only ApiVersions is answered where it is not. */
  readonly supported: boolean;
  readonly correlationId: number;
  readonly clientId: string | null;
  readonly body: Reader;
  readonly bytes: number;
}

const API_VERSIONS = 18;

/**
 * Reads a request's header. Before the flexible versions of its API it is version 1, from then on 2:
 *
 *     api_key int16, api_version int16, correlation_id int32, client_id nullable string (always classic), v2 tags
 *
 * @throws MalformedFrameError also for an API or a version that is not served, as Apache Kafka closes such connections.
 */
export function readRequest<Context>(frame: Buffer, apis: ReadonlyMap<number, Api<Context>>): Request<Context> {
  const body = new Reader(frame);
  const key = body.int16();
  const version = body.int16();
  const correlationId = body.int32();
  const api = apis.get(key);
  if (api === undefined) throw new MalformedFrameError(`API key ${key} is not served`);
  const { servedFrom = api.versions[0] } = api;
  const supported = version >= servedFrom && version <= api.versions[1];
  if (!supported && key !== API_VERSIONS) {
    throw new MalformedFrameError(
      `${api.name} is served from version ${servedFrom} to ${api.versions[1]}, not ${version}`,
    );
  }
  const clientId = body.nullableString();
  body.flexible = version >= api.flexibleFrom;
  if (supported) body.tags();
  return { api, version, supported, correlationId, clientId, body, bytes: frame.length };
}

/**
 * A whole response frame: length, header, body. Version 1 of the header, with tagged fields, belongs to flexible
 * versions, except that ApiVersions always has version 0: its client may not know yet what the broker speaks.
 */
export function encodeResponse<Context>(
  { api, version, supported, correlationId }: Request<Context>,
  writeBody: (writer: Writer) => void,
): Buffer[] {
  const writer = new Writer();
  const flexible = supported && version >= api.flexibleFrom;
  writer.int32(0);
  writer.int32(correlationId);
  writer.flexible = flexible && api.key !== API_VERSIONS;
  writer.tags();
  writer.flexible = flexible;
  writeBody(writer);
  const { length } = writer;
  const pieces = writer.finish();
  pieces[0]?.writeInt32BE(length - 4, 0);
  return pieces;
}
