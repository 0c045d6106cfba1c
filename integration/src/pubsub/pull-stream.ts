import { setTimeout as delay } from 'node:timers/promises';
import { type Plain, plain } from './plain.ts';
import { type Received, received } from './received.ts';
import { type Refusal, refusalOf } from './refusal.ts';

/** A streaming pull as the generated client opens it: nothing is acknowledged or extended by itself. */
export interface PullStream extends Disposable {
  /** All that came, in order. */
  readonly messages: readonly Received[];
  /** Each answer's members beside its messages. */
  readonly answers: readonly Plain[];
  send(request: object): void;
  /** Says that no more requests come. */
  end(): void;
  /** How it ended: null in peace. */
  readonly ended: Promise<Refusal | null>;
}

export interface Duplex {
  write(request: object): unknown;
  end(): unknown;
  cancel(): unknown;
  on(event: 'data', listener: (answer: WireAnswer) => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'end' | 'close', listener: () => void): unknown;
}

interface WireAnswer {
  readonly receivedMessages?: readonly object[] | null;
}

export function pullStream(stream: Duplex): PullStream {
  const messages: Received[] = [];
  const answers: Plain[] = [];
  stream.on('data', ({ receivedMessages, ...rest }) => {
    messages.push(...(receivedMessages ?? []).map(received));
    answers.push(plain(rest));
  });
  const ended = new Promise<Refusal | null>((resolve, reject) => {
    stream.on('end', () => resolve(null));
    stream.on('error', (error) => {
      try {
        resolve(refusalOf(error));
      } catch (fault) {
        reject(fault);
      }
    });
  });
  // Most scenarios do not look at the end.
  ended.catch(() => {});
  return {
    messages,
    answers,
    ended,
    send: (request) => void stream.write(request),
    end: () => void stream.end(),
    [Symbol.dispose]: () => void stream.cancel(),
  };
}

/** How a stream ended, or that it did not. */
export async function endOf(stream: PullStream, withinMs: number): Promise<Refusal | Plain> {
  const { signal, abort } = withAbort();
  const still = delay(withinMs, 'still open', { signal }).catch(() => 'still open');
  try {
    return await Promise.race([stream.ended.then((refusal) => refusal ?? 'ended in peace'), still]);
  } finally {
    abort();
  }
}

function withAbort(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
