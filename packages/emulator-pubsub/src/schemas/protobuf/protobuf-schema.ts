import type { Encoding } from '../encoding.ts';
import { parseProtobuf } from './definition.ts';
import { describedMessage } from './descriptor.ts';
import { messageFault } from './message.ts';
import { revisionFault } from './revision.ts';

/** Throws a SchemaFault for a definition that is none; what it returns throws one for data that is no such message. */
export function protobufValidator(definition: string): (data: Buffer, encoding: Encoding) => string | undefined {
  const type = describedMessage(parseProtobuf(definition));
  return (data, encoding) => messageFault(type, data, encoding);
}

export function protobufRevisionFault(oldDefinition: string, newDefinition: string): string | undefined {
  const after = parseProtobuf(newDefinition);
  describedMessage(after);
  return revisionFault(parseProtobuf(oldDefinition), after);
}
