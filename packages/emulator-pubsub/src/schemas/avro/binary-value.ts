import { isUtf8 } from 'node:buffer';
import { SchemaFault } from '../schema-fault.ts';
import type { AvroType } from './type.ts';

const MAX_DEPTH = 1000;

/**
 * A definition can make much of few bytes: records in records that double at each step and take no bytes at all. What a
 * message may cost is therefore bounded by its length.
 */
const STEPS_PER_BYTE = 16;
const FREE_STEPS = 10_000;

/** Why bytes are no value of the type in Avro's binary encoding, from the first to the last; undefined where they are. */
export function binaryFault(type: AvroType, bytes: Buffer): string | undefined {
  const reader = new Reader(bytes);
  try {
    reader.skip(type, 0);
  } catch (error) {
    if (error instanceof SchemaFault) return error.message;
    throw error;
  }
  return reader.at === bytes.length
    ? undefined
    : `a message must end with its value, got ${bytes.length - reader.at} bytes more`;
}

class Reader {
  readonly #bytes: Buffer;
  #steps: number;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#steps = bytes.length * STEPS_PER_BYTE + FREE_STEPS;
  }

  /** Nothing is made of the values: what matters is where they end. */
  skip(schema: AvroType, depth: number): void {
    if (depth > MAX_DEPTH) throw new SchemaFault(`a message must nest at most ${MAX_DEPTH} levels deep`);
    if (--this.#steps < 0) throw new SchemaFault('a message must not hold more values than its bytes can mean');
    switch (schema.kind) {
      case 'null':
        break;
      case 'boolean':
        this.#boolean();
        break;
      case 'int':
        this.#integer(32);
        break;
      case 'long':
        this.#integer(64);
        break;
      case 'float':
        this.#advance(4);
        break;
      case 'double':
        this.#advance(8);
        break;
      case 'fixed':
        this.#advance(schema.size);
        break;
      case 'bytes':
        this.#advance(this.#length());
        break;
      case 'string':
        this.#string();
        break;
      case 'enum':
        this.#index(schema.symbols.size, 'a symbol');
        break;
      case 'union':
        this.#union(schema.branches, depth);
        break;
      case 'array':
        this.#blocks(() => this.skip(schema.items, depth + 1));
        break;
      case 'map':
        this.#blocks(() => this.#entry(schema.values, depth));
        break;
      case 'record':
        for (const field of schema.fields) this.skip(field.type, depth + 1);
        break;
      default:
        schema satisfies never;
    }
  }

  #entry(values: AvroType, depth: number): void {
    this.#string();
    this.skip(values, depth + 1);
  }

  #boolean(): void {
    const byte = this.#bytes[this.at];
    this.#advance(1);
    if (byte !== undefined && byte > 1) this.#refuse('a boolean must be 0 or 1', byte);
  }

  #string(): void {
    const start = this.at;
    const length = this.#length();
    const from = this.at;
    this.#advance(length);
    if (!isUtf8(this.#bytes.subarray(from, this.at))) {
      throw new SchemaFault(`a string must be UTF-8, got other bytes at ${start}`);
    }
  }

  #union(branches: readonly AvroType[], depth: number): void {
    const branch = branches[this.#index(branches.length, 'a branch')];
    if (branch !== undefined) this.skip(branch, depth + 1);
  }

  /** Items in blocks, each led by its count, or by its count made negative and its length; a count of 0 ends them. */
  #blocks(skipItem: () => void): void {
    for (;;) {
      const count = this.#integer(64);
      if (count === 0n) return;
      const end = count < 0n ? this.#length() + this.at : undefined;
      this.#items(count < 0n ? -count : count, skipItem);
      if (end !== undefined && end !== this.at) throw new SchemaFault(`a block must end where it says, got ${this.at}`);
    }
  }

  #items(count: bigint, skipItem: () => void): void {
    for (let item = 0n; item < count; item++) {
      const start = this.at;
      skipItem();
      // What took no bytes once takes none ever after, however often the count says.
      if (this.at === start) return;
    }
  }

  #index(count: number, what: string): number {
    const index = this.#integer(32);
    if (index < 0n || index >= BigInt(count)) this.#refuse(`${what} must be from 0 to ${count - 1}`, index);
    return Number(index);
  }

  #length(): number {
    const length = this.#integer(64);
    if (length < 0n || length > BigInt(this.#bytes.length - this.at)) {
      this.#refuse('a length must be that of bytes that follow', length);
    }
    return Number(length);
  }

  /** Zigzag and base 128, the low seven bits first. */
  #integer(bits: 32 | 64): bigint {
    const start = this.at;
    let value = 0n;
    for (let shift = 0; shift <= bits; shift += 7) {
      this.#advance(1);
      const byte = this.#bytes[this.at - 1] ?? 0;
      value |= BigInt(byte & 0x7f) << BigInt(shift);
      if (byte > 0x7f) continue;
      if (value >> BigInt(bits) !== 0n) break;
      return (value >> 1n) ^ -(value & 1n);
    }
    throw new SchemaFault(`an integer must fit ${bits} bits, got more at ${start}`);
  }

  #advance(length: number): void {
    if (length > this.#bytes.length - this.at) {
      throw new SchemaFault(`a message must hold its whole value, got its end at ${this.#bytes.length}`);
    }
    this.at += length;
  }

  #refuse(rule: string, got: number | bigint): never {
    throw new SchemaFault(`${rule}, got ${got} before ${this.at}`);
  }
}
