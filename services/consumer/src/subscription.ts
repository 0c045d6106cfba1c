import { pause, type Stream, type Subscriber } from '@sluice/core';

/** Projects the streams until the signal aborts. `onAssigned` is called when the group has given this member partitions. */
export type Project = (streams: readonly Stream[], signal: AbortSignal, onAssigned: () => void) => Promise<void>;

export interface ChangingStreams {
  /** Those that can be subscribed to now. */
  current(): Promise<readonly Stream[]>;
  /** Resolves when there are others than at the last call of `current`. */
  changed(): Promise<void>;
}

/** How long to gather further changes before the group is disturbed. */
const SETTLE_MS = 200;
/** How long a successor may take to be given partitions; where others have them all, it is never given any. */
const TAKEOVER_MS = 5_000;

interface Run {
  readonly ended: Promise<void>;
  readonly assigned: Promise<void>;
  stop(): void;
}

/**
 * Projects streams whose number grows. A broker's client cannot take on a topic under way, so that another member is begun
 * with all of them, and the one before leaves once that has its partitions: a group that was empty in between would have
 * to wait for members, as Kafka does.
 */
export async function projectChanging(
  { current, changed }: ChangingStreams,
  project: Project,
  signal: AbortSignal,
): Promise<void> {
  let change = changed();
  let run = begin(await current(), project, signal);
  for (;;) {
    const next = await Promise.race([run.ended.then(() => 'ended' as const), change.then(() => 'changed' as const)]);
    if (next === 'ended') return await run.ended;
    if (!(await pause(SETTLE_MS, signal))) return await run.ended;
    change = changed();
    const successor = begin(await current(), project, signal);
    await firstOf([successor.assigned, successor.ended, run.ended], TAKEOVER_MS, signal);
    run.stop();
    await run.ended;
    run = successor;
  }
}

/**
 * Projects streams whose number grows, on a broker where members do not divide topics among themselves: whatever is new is
 * read beside the rest.
 */
export async function projectAdding(
  { current, changed }: ChangingStreams,
  project: Project,
  signal: AbortSignal,
): Promise<void> {
  const ending = new AbortController();
  const all = AbortSignal.any([signal, ending.signal]);
  const begun = new Set<string>();
  const runs: Promise<void>[] = [];
  const over = Promise.withResolvers<'ended'>();
  try {
    for (;;) {
      const change = changed();
      const fresh = (await current()).filter(({ topic }) => !begun.has(topic));
      for (const { topic } of fresh) begun.add(topic);
      if (fresh.length > 0) {
        const run = project(fresh, all, () => {}).finally(() => over.resolve('ended'));
        // Whoever waits for it hears of a rejection.
        run.catch(() => {});
        runs.push(run);
      }
      if ((await Promise.race([over.promise, change])) === 'ended' || !(await pause(SETTLE_MS, all))) return;
    }
  } finally {
    ending.abort();
    await Promise.all(runs);
  }
}

function begin(streams: readonly Stream[], project: Project, signal: AbortSignal): Run {
  const stopping = new AbortController();
  const { promise: assigned, resolve: onAssigned } = Promise.withResolvers<void>();
  const ended = project(streams, AbortSignal.any([signal, stopping.signal]), onAssigned);
  // Whoever waits for it hears of a rejection.
  ended.catch(() => {});
  return { ended, assigned, stop: () => stopping.abort() };
}

async function firstOf(events: readonly Promise<void>[], atMostMs: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const late = pause(atMostMs, AbortSignal.any([signal, over.signal]));
  await Promise.race([...events.map((event) => event.catch(() => {})), late]);
  over.abort();
}

/** The subscriber, telling when partitions were assigned. */
export function withAssignmentTold(subscriber: Subscriber, onAssigned: () => void): Subscriber {
  return {
    run: ({ handler, ...options }) =>
      subscriber.run({
        ...options,
        handler: {
          handle: (batch, signal) => handler.handle(batch, signal),
          async assigned(partitions) {
            const placed = await handler.assigned(partitions);
            onAssigned();
            return placed;
          },
        },
      }),
  };
}
