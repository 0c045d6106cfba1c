/** What strict JSON refuses; `syntax` is everything that RFC 8259 itself does. */
export type JsonRule =
  | 'utf-8'
  | 'byte-order-mark'
  | 'syntax'
  | 'depth'
  | 'duplicate-key'
  | 'proto-key'
  | 'number'
  | 'lone-surrogate'
  | 'nul';

export interface JsonFault {
  readonly rule: JsonRule;
  /**
   * RFC 6901, of the value at fault, or of the object where a key is at fault; of the nearest value around it whose
   * pointer is not overlong. Empty for the whole text, and where it is no JSON.
   */
  readonly pointer: string;
  /** Completes the sentence "the value must …" and names what was received; escaped and bounded. */
  readonly must: string;
}

const MAX_POINTER_LENGTH = 128;

/** The pointer to a value, given by the keys and indexes that lead to it. */
export function pointerOf(innermostFirst: readonly (string | number)[]): string {
  let pointer = '';
  for (const token of innermostFirst.toReversed()) {
    const longer = `${pointer}/${String(token).replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (longer.length > MAX_POINTER_LENGTH) break;
    pointer = longer;
  }
  return pointer;
}
