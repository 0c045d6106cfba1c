import { INT8_BYTES, InstantWriter, TextMaker, UUID_BYTES, writeInt8, writeUuid } from './field.ts';

/**
 * Array parameters in PostgreSQL's binary format (`array_send` of its arrayfuncs.c); `pg` sends a Buffer as a binary
 * parameter:
 *
 *     int32 dimensions = 1 · int32 has nulls = 0 · int32 element type · int32 elements · int32 first index = 1
 *     { int32 bytes · the element }
 */
const HEADER_BYTES = 20;

/** Object ids of element types, fixed in pg_type.dat. */
const UUID = 2950;
const INT8 = 20;
const TEXT = 25;
const TIMESTAMPTZ = 1184;

/** Lower-case UUIDs. @throws SluiceError `invalid-data` */
export function uuidArray(values: readonly string[]): Buffer {
  return arrayOf(UUID, UUID_BYTES, values, writeUuid);
}

/** Instants. @throws SluiceError `invalid-data` */
export function instantArray(values: readonly string[]): Buffer {
  const instants = new InstantWriter();
  return arrayOf(TIMESTAMPTZ, INT8_BYTES, values, (view, at, value) => instants.write(view, at, value));
}

/** Safe integers, as bigint. */
export function integerArray(values: readonly number[]): Buffer {
  return arrayOf(INT8, INT8_BYTES, values, writeInt8);
}

/** @throws SluiceError `invalid-data` where PostgreSQL's text cannot hold one */
export function textArray(field: string, values: readonly string[]): Buffer {
  const texts = new TextMaker(field);
  const elements = values.map((value) => texts.make(value));
  return Buffer.concat([header(TEXT, values.length, 0).bytes, ...elements]);
}

function arrayOf<T>(
  type: number,
  elementBytes: number,
  values: readonly T[],
  write: (into: DataView, at: number, value: T) => void,
): Buffer {
  const { bytes, view } = header(type, values.length, values.length * (4 + elementBytes));
  let at = HEADER_BYTES;
  for (const value of values) {
    view.setInt32(at, elementBytes);
    write(view, at + 4, value);
    at += 4 + elementBytes;
  }
  return bytes;
}

/** With room for the elements after it. */
function header(
  type: number,
  count: number,
  elementsBytes: number,
): { readonly bytes: Buffer; readonly view: DataView } {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + elementsBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  view.setInt32(0, 1);
  view.setInt32(4, 0);
  view.setInt32(8, type);
  view.setInt32(12, count);
  view.setInt32(16, 1);
  return { bytes, view };
}
