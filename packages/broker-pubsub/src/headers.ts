import { HEADER, type OutgoingRecord, quoted, type RecordHeader, SluiceError, utf8Text } from '@sluice/core';

/**
 * Headers as Pub/Sub carries them: attributes, one text to a name. `ce_…` is `ce-…` there, as CloudEvents' binding for
 * Pub/Sub names them (https://github.com/google/knative-gcp/blob/main/docs/spec/pubsub-protocol-binding.md).
 */
export type Attributes = Readonly<Record<string, string>>;

const HEADER_PREFIX = 'ce_';
const ATTRIBUTE_PREFIX = 'ce-';

/** https://cloud.google.com/pubsub/quotas#resource_limits */
const MAX_ATTRIBUTES = 100;
const MAX_NAME_BYTES = 256;
const MAX_VALUE_BYTES = 1_024;
const RESERVED = 'goog';

export const ID_ATTRIBUTE = attributeName(HEADER.id);

export function attributeName(header: string): string {
  return header.startsWith(HEADER_PREFIX) ? ATTRIBUTE_PREFIX + header.slice(HEADER_PREFIX.length) : header;
}

export function headerName(attribute: string): string {
  return attribute.startsWith(ATTRIBUTE_PREFIX) ? HEADER_PREFIX + attribute.slice(ATTRIBUTE_PREFIX.length) : attribute;
}

/** @throws SluiceError `invalid-data` or `too-large` where Pub/Sub has no way to carry them */
export function attributesOf(headers: OutgoingRecord['headers']): Attributes {
  if (headers.length > MAX_ATTRIBUTES) {
    throw new SluiceError('too-large', `a message has at most ${MAX_ATTRIBUTES} attributes, got ${headers.length}`);
  }
  const attributes: Record<string, string> = Object.create(null);
  for (const { name, value } of headers) {
    const attribute = attributeName(name);
    requireName(attribute);
    if (attribute in attributes) {
      throw new SluiceError('invalid-data', `an attribute has one value, got header ${quoted(name)} more than once`);
    }
    attributes[attribute] = textValue(name, value);
  }
  return attributes;
}

/**
 * Without what no sender may say: attributes that Google puts there on the way, such as the encoding that a topic's schema
 * found, and those that `headerText` does not see behind others.
 */
export function headersOf(attributes: Attributes): RecordHeader[] {
  return Object.entries(attributes)
    .filter(([name]) => !name.startsWith(RESERVED) && !isHidden(attributes, name))
    .map(([name, value]) => ({ name: headerName(name), value: Buffer.from(value) }));
}

const isHidden = (attributes: Attributes, name: string): boolean =>
  name.startsWith(HEADER_PREFIX) && Object.hasOwn(attributes, attributeName(name));

export function headerText(attributes: Attributes, name: string): string | undefined {
  const attribute = attributeName(name);
  if (Object.hasOwn(attributes, attribute)) return attributes[attribute];
  // An attribute of another client may have the header's own name.
  return attribute !== name && Object.hasOwn(attributes, name) ? attributes[name] : undefined;
}

function requireName(name: string): void {
  if (name === '') throw new SluiceError('invalid-data', 'an attribute must have a name, got a header without one');
  if (name.startsWith(RESERVED)) {
    throw new SluiceError('invalid-data', `an attribute's name must not begin with ${RESERVED}, got ${quoted(name)}`);
  }
  requireLength(`the name of attribute ${quoted(name)}`, name, MAX_NAME_BYTES);
}

function textValue(name: string, value: string | Buffer | null): string {
  const text = typeof value === 'string' || value === null ? value : utf8Text(value);
  if (text === null || text === undefined) {
    const found = text === null ? 'none' : 'other bytes';
    throw new SluiceError(
      'invalid-data',
      `attribute ${quoted(name)} must have a UTF-8 text as its value, got ${found}`,
    );
  }
  requireLength(`the value of attribute ${quoted(name)}`, text, MAX_VALUE_BYTES);
  return text;
}

/** @throws SluiceError `too-large` */
export function requireLength(what: string, text: string, maxBytes: number): void {
  // No character of a string takes more than three bytes.
  if (text.length * 3 <= maxBytes) return;
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) throw new SluiceError('too-large', `${what} may have at most ${maxBytes} bytes, got ${bytes}`);
}
