import type { Difference } from '../compare.ts';
import { each } from './each.ts';

export const schemasDifferences: readonly Difference[] = [
  {
    about: 'schemas of a project',
    emulator: 'are made once, listed by project, in pages, by view',
    pstest: 'are made again, listed whole for all projects',
    why: 'ALREADY_EXISTS for a name that is taken; parent, page_size and view of each list',
    documentation: 'https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#google.pubsub.v1.SchemaService',
    facts: {
      'schemas: made, found, deleted': {
        'is there once': 'answered',
        'in the basic view without its definition': {
          name: 'projects/p/schemas/first',
          type: 'AVRO',
          definition: '{"type":"record","name":"Event","fields":[{"name":"text","type":"string"}]}',
        },
        ...each(false, 'all of a project, in pages', 'of a project without any'),
        'as names and types': [
          {
            name: 'projects/p/schemas/first',
            type: 'AVRO',
            definition: '{"type":"record","name":"Event","fields":[{"name":"text","type":"string"}]}',
          },
          {
            name: 'projects/p/schemas/second',
            type: 'PROTOCOL_BUFFER',
            definition: 'syntax = "proto3"; message Event { string text = 1;  }',
          },
          {
            name: 'projects/p/schemas/third',
            type: 'PROTOCOL_BUFFER',
            definition: 'syntax = "proto3"; message Event { string text = 1;  }',
          },
        ],
      },
    },
  },
  {
    about: 'revisions',
    emulator:
      'are listed newest first, in pages, and belong to a schema that is there, with its type and a valid definition',
    pstest: 'are listed in the order of their making; any schema takes any',
    why: 'a commit is validated, and needs the schema',
    documentation: 'https://cloud.google.com/pubsub/docs/commit-schema-revision',
    facts: {
      'schemas: revisions': {
        'revisions are listed, the newest first': [
          '{"type":"record","name":"Event","fields":[{"name":"text","type":"string"}]}',
          '{"type":"record","name":"Event","fields":[{"name":"text","type":"string"},{"name":"count","type":"int","default":0}]}',
        ],
        'in pages': [2],
        'without definitions unless asked for': 2,
        ...each(
          'answered',
          'of a missing schema',
          'a commit to a missing schema',
          'a commit of another type',
          'a commit that is no definition',
        ),
      },
    },
  },
  {
    about: 'what is a definition',
    emulator: 'reads Avro and protocol buffers',
    pstest: 'takes any text',
    why: 'a definition must be a valid one of its type, protocol buffers with one top-level message and no import',
    documentation: 'https://cloud.google.com/pubsub/docs/schemas',
    facts: {
      'schemas: definitions': {
        ...each(
          'answered',
          'an Avro definition that is no JSON',
          'an Avro type that nobody knows',
          'an Avro record without a name',
          'an Avro record with a field twice',
          'no protobuf at all',
          'a field number twice',
          'a message type that nobody knows',
          'two messages side by side',
          'no message',
          'an import',
          'no type',
        ),
        'what is no definition is not made': [
          'made',
          'made',
          'made',
          'made',
          'made',
          'made',
          'made',
          'made',
          'made',
          'made',
          'made',
          'made',
        ],
      },
    },
  },
  {
    about: 'what is a message of a schema',
    emulator: 'reads it',
    pstest: 'takes any bytes',
    why: 'ValidateMessage refuses what does not follow the schema',
    documentation: 'https://cloud.google.com/pubsub/docs/validate-schema-definition',
    facts: {
      'schemas: messages': {
        ...each(
          'answered',
          'Avro in JSON, another type',
          'Avro in JSON, nothing',
          'Avro in JSON, no JSON',
          'Avro in binary, cut short',
          'Avro in binary, with more behind',
          'protobuf in JSON, another type',
          'protobuf in JSON, an unknown field',
          'protobuf in binary, cut short',
          'without an encoding',
        ),
      },
    },
  },
  {
    about: 'publishing to a topic with a schema',
    emulator: 'validates each message, and tells schema, encoding and revision in attributes',
    pstest: 'does neither',
    why: 'messages that do not follow the schema are refused; these attributes are added',
    documentation: 'https://cloud.google.com/pubsub/docs/publish-topics-schema',
    facts: {
      'schemas: publishing with revisions': {
        ...each(['by none', 'by none'], 'any revision will do', 'the first alone', 'from the second on'),
        'and leaves the old': 'answered',
      },
      'schemas: publishing': {
        ...each(
          'answered',
          'avro-json: what is not',
          'avro-json: both in one call',
          'avro-binary: what is not',
          'avro-binary: both in one call',
          'protobuf-json: what is not',
          'protobuf-json: both in one call',
          'protobuf-binary: what is not',
          'protobuf-binary: both in one call',
          'a topic of a missing schema',
          'a topic without an encoding',
        ),
        ...each(
          false,
          'avro-json: what was refused does not come',
          'avro-binary: what was refused does not come',
          'protobuf-json: what was refused does not come',
          'protobuf-binary: what was refused does not come',
        ),
        ...each(
          [{}, false],
          'avro-json: a message tells its schema',
          'avro-binary: a message tells its schema',
          'protobuf-json: a message tells its schema',
          'protobuf-binary: a message tells its schema',
        ),
        'once it is deleted, that': 'projects/p/schemas/avro-json',
        'nothing is published by a schema that is deleted': 'published',
      },
    },
  },
];
