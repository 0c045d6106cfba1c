import type { ServerHttp2Stream } from 'node:http2';
import {
  ServerInterceptingCall as InterceptingCall,
  type ServerInterceptingCall,
  type ServerInterceptor,
} from '@grpc/grpc-js';
import type { Arrival, ArrivingBytes } from './arriving-bytes.ts';

/**
 * Counts what arrives of each request, from its first byte: until the call has ended, or until the message is whole where
 * more messages follow. The library counts whole messages alone, so the HTTP/2 stream below the call is listened to; it
 * has the call's constructor to thank for being paused, and stays so. An answer counts until the client has taken it.
 */
export function countArriving(arriving: ArrivingBytes): ServerInterceptor {
  return (method, call) => {
    const { stream } = call as { readonly stream?: ServerHttp2Stream };
    const session = stream?.session;
    if (stream === undefined || session === undefined) return call as ServerInterceptingCall;
    let counted = 0;
    const release = (): void => {
      arriving.release(session, counted);
      counted = 0;
    };
    stream.on('data', (chunk: Buffer) => {
      counted += chunk.length;
      arriving.add(session, chunk.length);
    });
    const counting = new CallWithCountedAnswers(call, arriving, session, method.requestStream ? release : undefined);
    stream.on('close', () => {
      release();
      counting.release();
    });
    return counting;
  };
}

class CallWithCountedAnswers extends InterceptingCall {
  readonly #arriving: ArrivingBytes;
  readonly #session: Arrival;
  /** Of answers that are on their way. */
  #bytes = 0;

  constructor(
    call: ConstructorParameters<typeof InterceptingCall>[0],
    arriving: ArrivingBytes,
    session: Arrival,
    onReceived: (() => void) | undefined,
  ) {
    super(
      call,
      onReceived && {
        start: (next) =>
          next({
            onReceiveMessage(message, pass) {
              onReceived();
              pass(message);
            },
          }),
      },
    );
    this.#arriving = arriving;
    this.#session = session;
  }

  override sendMessage(message: Buffer, callback: () => void): void {
    const { length } = message;
    this.#bytes += length;
    this.#arriving.add(this.#session, length);
    super.sendMessage(message, () => {
      this.#release(length);
      callback();
    });
  }

  /** The client takes nothing any more. */
  release(): void {
    this.#release(this.#bytes);
  }

  #release(bytes: number): void {
    const released = Math.min(bytes, this.#bytes);
    this.#bytes -= released;
    this.#arriving.release(this.#session, released);
  }
}
