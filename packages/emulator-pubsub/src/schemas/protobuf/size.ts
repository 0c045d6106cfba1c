/**
 * The parser compares each field of a message with all before it and with all that is reserved there: 12,000 fields of one
 * message, 240 KB, took it 31 s. This many comparisons take it about a second; 2,400 fields of a message are within it.
 */
const MAX_COMPARISONS = 6_000_000;

// What is unterminated goes to the end, so that the text is gone through once.
const TOKEN =
  /"(?:[^"\\]|\\.)*(?:"|\\?$)|'(?:[^'\\]|\\.)*(?:'|\\?$)|\/\/[^\n]*|\/\*.*?(?:\*\/|$)|\b(?:oneof|enum)\s+\w+\s*\{|[{};,]/gs;

/** Why a definition would take the parser too long; undefined where it would not. */
export function sizeFault(definition: string): string | undefined {
  let comparisons = 0;
  let largest = 0;
  const enclosing: Block[] = [];
  let block = new Block('message');
  const open = (inner: Block): void => {
    enclosing.push(block);
    block = inner;
  };
  const close = (): void => {
    const outer = enclosing.pop() ?? new Block('message');
    if (outer !== block) {
      comparisons += block.comparisons;
      largest = Math.max(largest, block.fields);
    }
    block = outer;
  };
  for (const [token] of definition.matchAll(TOKEN)) {
    if (token === ';') block.fields++;
    else if (token === ',') block.commas++;
    else if (token === '}') close();
    else if (token === '{') open(new Block('message'));
    else if (token.startsWith('enum')) open(new Block('enum'));
    // The fields of a oneof are the message's own.
    else if (token.startsWith('oneof')) open(block);
  }
  while (enclosing.length > 0) close();
  if (comparisons <= MAX_COMPARISONS) return undefined;
  return `a definition must have smaller messages, at most 2400 fields in one, got one of about ${largest}`;
}

class Block {
  readonly #of: 'message' | 'enum';
  fields = 0;
  commas = 0;

  constructor(of: 'message' | 'enum') {
    this.#of = of;
  }

  /** The values of an enum are compared with what is reserved alone. */
  get comparisons(): number {
    return this.fields * (this.commas + (this.#of === 'message' ? this.fields : 0));
  }
}
