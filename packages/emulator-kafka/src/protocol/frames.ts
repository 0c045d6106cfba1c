import { MalformedFrameError } from './types.ts';

/** Up to this size a frame's buffer is allocated at once; a larger one grows with the bytes that really arrive. */
const ALLOCATE_AT_ONCE_BYTES = 256 * 1024;

/** More than this many unread bytes, or chunks, and the sender has to wait. */
const CONGESTED_BYTES = 1024 * 1024;
const CONGESTED_CHUNKS = 64;

/**
 * Cuts a connection's bytes into frames: an int32 length, then as many bytes. A frame that lies in one chunk is a view
 * into it; one that comes in many pieces is copied once, whatever the pieces' size.
 */
export class FrameAssembler {
  readonly #maxFrameBytes: number;
  #chunks: Buffer[] = [];
  /** What of the first chunk has been consumed. */
  #consumed = 0;
  #unread = 0;
  /** Of the frame begun: its length, or -1 where that is not known yet. */
  #size = -1;
  /** Of a frame that did not fit one chunk: what has arrived of it. */
  #partial: Buffer | undefined;
  #filled = 0;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Whether so much lies unread that no more should be taken from the socket. */
  get congested(): boolean {
    return this.#unread > CONGESTED_BYTES || this.#chunks.length > CONGESTED_CHUNKS;
  }

  /** What is held of a frame that has not arrived entirely. */
  get partialBytes(): number {
    return this.#filled;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#unread += chunk.length;
  }

  /**
   * The next whole frame without its length; undefined until more arrives.
   * @throws MalformedFrameError where the length is negative or above the limit.
   */
  next(): Buffer | undefined {
    if (this.#size < 0) {
      if (this.#unread < 4) return undefined;
      this.#size = this.#readSize();
    }
    if (this.#partial === undefined) {
      const whole = this.#slice(this.#size);
      if (whole !== undefined) return this.#done(whole);
      this.#partial = Buffer.allocUnsafeSlow(Math.min(this.#size, ALLOCATE_AT_ONCE_BYTES));
    }
    this.#fill();
    return this.#filled === this.#size ? this.#done(this.#partial) : undefined;
  }

  #done(frame: Buffer): Buffer {
    this.#size = -1;
    this.#partial = undefined;
    this.#filled = 0;
    return frame;
  }

  #readSize(): number {
    let size = 0;
    for (let index = 0; index < 4; index += 1) size = (size << 8) | this.#byte();
    if (size < 0 || size > this.#maxFrameBytes) {
      throw new MalformedFrameError(`a frame has 0 to ${this.#maxFrameBytes} bytes, this one says ${size}`);
    }
    return size;
  }

  #byte(): number {
    const byte = this.#slice(1);
    return byte === undefined ? 0 : byte.readUInt8();
  }

  /** The next `count` bytes where the first chunk holds them all. */
  #slice(count: number): Buffer | undefined {
    const first = this.#chunks[0];
    if (count === 0) return Buffer.alloc(0);
    if (first === undefined || first.length - this.#consumed < count) return undefined;
    const slice = first.subarray(this.#consumed, this.#consumed + count);
    this.#consume(first, count);
    return slice;
  }

  #consume(first: Buffer, count: number): void {
    this.#consumed += count;
    this.#unread -= count;
    if (this.#consumed === first.length) {
      this.#chunks.shift();
      this.#consumed = 0;
    }
  }

  #fill(): void {
    for (let first = this.#chunks[0]; first !== undefined && this.#filled < this.#size; first = this.#chunks[0]) {
      const count = Math.min(first.length - this.#consumed, this.#size - this.#filled);
      const partial = this.#roomFor(this.#filled + count);
      first.copy(partial, this.#filled, this.#consumed, this.#consumed + count);
      this.#filled += count;
      this.#consume(first, count);
    }
  }

  #roomFor(bytes: number): Buffer {
    const partial = this.#partial ?? Buffer.alloc(0);
    if (bytes <= partial.length) return partial;
    const larger = Buffer.allocUnsafeSlow(Math.min(this.#size, Math.max(bytes, partial.length * 2)));
    partial.copy(larger, 0, 0, this.#filled);
    this.#partial = larger;
    return larger;
  }
}
