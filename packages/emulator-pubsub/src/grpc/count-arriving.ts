import type { ServerHttp2Stream } from 'node:http2';
import {
  ServerInterceptingCall as InterceptingCall,
  type ServerInterceptingCall,
  type ServerInterceptor,
} from '@grpc/grpc-js';
import type { ArrivingBytes } from './arriving-bytes.ts';

/**
 * Counts what arrives of each request, from its first byte: until the call has ended, or until the message is whole where
 * more messages follow. The library counts whole messages alone, so the HTTP/2 stream below the call is listened to; it
 * has the call's constructor to thank for being paused, and stays so.
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
    stream.on('close', release);
    if (!method.requestStream) return call as ServerInterceptingCall;
    return new InterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMessage(message, pass) {
            release();
            pass(message);
          },
        }),
    });
  };
}
