/**
 * How a resource lies in the store: what the emulator notes about it, as JSON, before the resource's own protobuf.
 *
 *     record = length of the notes uint32, notes (JSON in UTF-8), resource (protobuf)
 */
export interface Change {
  readonly key: string;
  readonly value: Buffer | null;
}

const PREFIX_BYTES = 4;

export function record(key: string, notes: object, resource: Buffer): Change {
  const text = Buffer.from(JSON.stringify(notes));
  const prefix = Buffer.allocUnsafe(PREFIX_BYTES);
  prefix.writeUInt32BE(text.length);
  return { key, value: Buffer.concat([prefix, text, resource]) };
}

export const removal = (key: string): Change => ({ key, value: null });

/** The notes are what `record` was given: whoever reads them wrote them. */
export function readRecord<Notes>(value: Buffer): { readonly notes: Notes; readonly resource: Buffer } {
  const end = PREFIX_BYTES + value.readUInt32BE();
  return { notes: JSON.parse(value.toString('utf8', PREFIX_BYTES, end)), resource: value.subarray(end) };
}
