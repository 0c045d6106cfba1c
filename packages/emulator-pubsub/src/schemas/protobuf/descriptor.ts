import { create, createFileRegistry, type DescMessage } from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  Edition,
  EnumDescriptorProtoSchema,
  FeatureSet_EnumType,
  FeatureSet_FieldPresence,
  FeatureSet_MessageEncoding,
  FeatureSet_Utf8Validation,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { Enum, type Field, type FieldBase, MapField, Type } from 'protobufjs';
import { quoted } from '../../quoted.ts';
import { SchemaFault } from '../schema-fault.ts';
import { isClosed, isVerified } from './features.ts';

const SCALARS: ReadonlyMap<string, FieldDescriptorProto_Type> = new Map([
  ['double', FieldDescriptorProto_Type.DOUBLE],
  ['float', FieldDescriptorProto_Type.FLOAT],
  ['int64', FieldDescriptorProto_Type.INT64],
  ['uint64', FieldDescriptorProto_Type.UINT64],
  ['int32', FieldDescriptorProto_Type.INT32],
  ['fixed64', FieldDescriptorProto_Type.FIXED64],
  ['fixed32', FieldDescriptorProto_Type.FIXED32],
  ['bool', FieldDescriptorProto_Type.BOOL],
  ['string', FieldDescriptorProto_Type.STRING],
  ['bytes', FieldDescriptorProto_Type.BYTES],
  ['uint32', FieldDescriptorProto_Type.UINT32],
  ['sfixed32', FieldDescriptorProto_Type.SFIXED32],
  ['sfixed64', FieldDescriptorProto_Type.SFIXED64],
  ['sint32', FieldDescriptorProto_Type.SINT32],
  ['sint64', FieldDescriptorProto_Type.SINT64],
]);

/**
 * The message as the library that reads messages knows it; another parses definitions. Whatever syntax the definition
 * has, the features of its fields are written out as an edition's, so that one way leads through proto2 and proto3.
 */
export function describedMessage(type: Type): DescMessage {
  const file = create(FileDescriptorProtoSchema, {
    name: 'definition.proto',
    package: type.fullName.slice(1).split('.').slice(0, -1).join('.'),
    syntax: 'editions',
    edition: Edition.EDITION_2023,
    messageType: [messageOf(type)],
  });
  try {
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] }));
    const message = registry.getMessage(type.fullName.slice(1));
    if (message !== undefined) return message;
  } catch (error) {
    throw new SchemaFault(`must be a protocol buffer definition, got ${quoted((error as Error).message, 200)}`);
  }
  throw new SchemaFault(`must be a protocol buffer definition, got no ${quoted(type.fullName)}`);
}

function messageOf(type: Type): DescriptorProto {
  const oneofs = type.oneofsArray.filter((oneof) => !oneof.isProto3Optional);
  const maps = type.fieldsArray.filter((field) => field instanceof MapField);
  return create(DescriptorProtoSchema, {
    name: type.name,
    field: type.fieldsArray.map((field) => fieldOf(field, type, field.partOf ? oneofs.indexOf(field.partOf) : -1)),
    nestedType: [...type.nestedArray.filter((each) => each instanceof Type).map(messageOf), ...maps.map(entryOf)],
    enumType: type.nestedArray.filter((each) => each instanceof Enum).map(enumOf),
    oneofDecl: oneofs.map(({ name }) => ({ name })),
  });
}

function fieldOf(field: Field, type: Type, oneofIndex: number): FieldDescriptorProto {
  const isRepeated = field.repeated || field instanceof MapField;
  return create(FieldDescriptorProtoSchema, {
    name: field.name,
    number: field.id,
    jsonName: field.jsonName ?? field.name,
    label: isRepeated ? FieldDescriptorProto_Label.REPEATED : FieldDescriptorProto_Label.OPTIONAL,
    ...(field instanceof MapField
      ? { type: FieldDescriptorProto_Type.MESSAGE, typeName: `${type.fullName}.${entryName(field)}` }
      : typeOf(field)),
    ...(oneofIndex >= 0 && { oneofIndex }),
    options: {
      features: {
        ...(!isRepeated && oneofIndex < 0 && { fieldPresence: presenceOf(field) }),
        ...(field.type === 'string' && { utf8Validation: validationOf(field) }),
        ...(field.delimited && { messageEncoding: FeatureSet_MessageEncoding.DELIMITED }),
      },
    },
  });
}

/** The message of one key and its value that stands behind a map. */
function entryOf(field: MapField): DescriptorProto {
  const features = { utf8Validation: validationOf(field) };
  return create(DescriptorProtoSchema, {
    name: entryName(field),
    field: [
      { name: 'key', number: 1, label: FieldDescriptorProto_Label.OPTIONAL, type: scalar(field.keyType) },
      { name: 'value', number: 2, label: FieldDescriptorProto_Label.OPTIONAL, ...typeOf(field) },
    ].map((each) =>
      create(FieldDescriptorProtoSchema, {
        ...each,
        jsonName: each.name,
        ...(each.type === FieldDescriptorProto_Type.STRING && { options: { features } }),
      }),
    ),
    options: { mapEntry: true },
  });
}

/** As the compiler calls it: `product_ids` makes `ProductIdsEntry`, which no other type in the message may then be. */
const entryName = ({ name }: MapField): string =>
  `${name.replace(/(?:^|_)(.?)/g, (_, letter: string) => letter.toUpperCase())}Entry`;

function typeOf({ resolvedType, type }: FieldBase) {
  if (resolvedType instanceof Enum) return { type: FieldDescriptorProto_Type.ENUM, typeName: resolvedType.fullName };
  if (!(resolvedType instanceof Type)) return { type: scalar(type) };
  return { type: FieldDescriptorProto_Type.MESSAGE, typeName: resolvedType.fullName };
}

function scalar(name: string): FieldDescriptorProto_Type {
  const type = SCALARS.get(name);
  if (type === undefined) throw new SchemaFault(`a field must be of a known type, got ${quoted(name)}`);
  return type;
}

const validationOf = (field: FieldBase): FeatureSet_Utf8Validation =>
  isVerified(field) ? FeatureSet_Utf8Validation.VERIFY : FeatureSet_Utf8Validation.NONE;

function presenceOf(field: Field): FeatureSet_FieldPresence {
  if (field.required) return FeatureSet_FieldPresence.LEGACY_REQUIRED;
  return field.hasPresence ? FeatureSet_FieldPresence.EXPLICIT : FeatureSet_FieldPresence.IMPLICIT;
}

function enumOf(nested: Enum) {
  return create(EnumDescriptorProtoSchema, {
    name: nested.name,
    value: Object.entries(nested.values).map(([name, number]) => ({ name, number })),
    options: {
      allowAlias: true,
      features: { enumType: isClosed(nested) ? FeatureSet_EnumType.CLOSED : FeatureSet_EnumType.OPEN },
    },
  });
}
