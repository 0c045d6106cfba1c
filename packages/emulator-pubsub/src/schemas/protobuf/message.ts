import { type DescMessage, fromBinary, fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf';
import { quoted } from '../../quoted.ts';
import type { Encoding } from '../encoding.ts';
import { textOf } from '../json.ts';
import { SchemaFault } from '../schema-fault.ts';

/**
 * Why data is no such message; undefined where it is. JSON is that of https://protobuf.dev/programming-guides/json/,
 * strictly: unknown fields are refused. In binary they are kept by protocol buffers' own rules, and so let pass. Both
 * nest at most 100 levels deep, which is the limit of protocol buffers, too.
 */
export function messageFault(type: DescMessage, data: Buffer, encoding: Encoding): string | undefined {
  const text = encoding === 'JSON' ? textOf(data) : '';
  try {
    const message = encoding === 'JSON' ? fromJson(type, JSON.parse(text) as JsonValue) : fromBinary(type, data);
    // The library looks for required fields, and for strings that no bytes stand for, only when it writes.
    toBinary(type, message);
    return undefined;
  } catch (error) {
    // What the library throws is all about the data.
    throw new SchemaFault(`must be a ${quoted(type.typeName)}, got ${quoted((error as Error).message, 200)}`);
  }
}
