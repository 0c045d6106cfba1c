import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { encoded, type MessageType } from '../grpc/protos.ts';

const asItIs = (bytes: Buffer): Buffer => bytes;

/** Calls methods with bytes that no library has made. */
export class RawClient {
  readonly #client: Client;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure(), { 'grpc.max_receive_message_length': -1 });
  }

  /** `method` is `google.pubsub.v1.Publisher/Publish`. @throws ServiceError */
  call(method: string, request: Buffer, options: { readonly deadlineMs?: number } = {}): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const deadline = Date.now() + (options.deadlineMs ?? 30_000);
      this.#client.makeUnaryRequest(
        `/${method}`,
        asItIs,
        asItIs,
        request,
        { deadline },
        (error: ServiceError | null, answer?: Buffer) => (error ? reject(error) : resolve(answer ?? Buffer.alloc(0))),
      );
    });
  }

  /** What a call of bytes was answered with: the status' code and message. */
  async status(method: string, request: Buffer): Promise<{ readonly code: number; readonly details: string }> {
    return this.call(method, request).then(
      () => ({ code: 0, details: '' }),
      ({ code, details }: ServiceError) => ({ code, details }),
    );
  }

  /** A stream of both sides, as `method` has it. */
  stream(method: string) {
    return this.#client.makeBidiStreamRequest(`/${method}`, asItIs, asItIs);
  }

  close(): void {
    this.#client.close();
  }
}

/** A request of a type, as bytes. */
export const bytesOf = <Plain>(type: Pick<MessageType<unknown, Plain>, 'encode'>, message: Plain): Buffer =>
  encoded(type, message);
