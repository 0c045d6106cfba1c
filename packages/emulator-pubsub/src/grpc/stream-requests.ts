import type { ServerDuplexStream } from '@grpc/grpc-js';

/**
 * The messages of a client, one when it is asked for. Unlike the stream's own iterator it leaves the stream open for
 * answers when nobody iterates any more.
 */
export function readRequests(call: ServerDuplexStream<Buffer, Buffer>): AsyncIterator<Buffer, undefined> {
  const waiting: ((result: IteratorResult<Buffer, undefined>) => void)[] = [];
  const END = { done: true, value: undefined } as const;
  let isOver = false;
  const end = (): void => {
    isOver = true;
    for (const resolve of waiting.splice(0)) resolve(END);
  };
  const serve = (): void => {
    while (waiting.length > 0) {
      const value = call.read() as Buffer | null;
      if (value === null) return;
      waiting.shift()?.({ done: false, value });
    }
  };
  call.on('readable', serve);
  call.on('end', end);
  call.on('close', end);
  call.on('cancelled', end);
  return {
    next: () =>
      new Promise((resolve) => {
        if (isOver) {
          resolve(END);
          return;
        }
        waiting.push(resolve);
        serve();
      }),
  };
}
