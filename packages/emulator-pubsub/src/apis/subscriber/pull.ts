import { invalidArgument } from '../../grpc/errors.ts';
import { pubsub } from '../../grpc/protos.ts';
import { decode } from '../../grpc/rpc.ts';
import type { RequestContext, Unary } from '../define.ts';
import { encodeReceived } from './received-messages.ts';
import { usePulled } from './use-subscription.ts';

const MAX_MESSAGES = 1000;
const NOTHING = Buffer.alloc(0);

/**
 * Pull. Without `return_immediately` it waits for a message, for as long as `pullWaitMs` says; the service itself says of
 * that no more than that it is bounded.
 *
 * Limits: `max_messages` at least 1; more than 1,000 means 1,000.
 */
export const pull: Unary = {
  kind: 'unary',
  path: '/google.pubsub.v1.Subscriber/Pull',
  async answer(bytes, context) {
    const { subscription: name, maxMessages, returnImmediately } = decode(pubsub.PullRequest, bytes);
    const { subscription, attachment } = usePulled(context.service, name);
    if (maxMessages < 1) throw invalidArgument('max_messages');
    using waiting = wait(context);
    const ended = subscription.addStream((reason) => waiting.end(reason));
    try {
      const messages = await attachment.delivery.pull({
        maxMessages: Math.min(maxMessages, MAX_MESSAGES),
        returnImmediately,
        signal: waiting.signal,
      });
      if (waiting.reason !== undefined) throw waiting.reason;
      return messages.length === 0 ? NOTHING : encodeReceived(messages);
    } finally {
      ended();
    }
  },
};

/** Ends with the call, with the emulator, when the time is over, or when the subscription has a reason. */
function wait({ signal, service }: RequestContext) {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const cancel = service.clock.after(service.pullWaitMs, abort);
  signal.addEventListener('abort', abort);
  service.stopping.addEventListener('abort', abort);
  return {
    signal: controller.signal,
    reason: undefined as Error | undefined,
    end(reason: Error): void {
      this.reason = reason;
      abort();
    },
    [Symbol.dispose](): void {
      cancel();
      signal.removeEventListener('abort', abort);
      service.stopping.removeEventListener('abort', abort);
    },
  };
}
