import { randomUUID } from 'node:crypto';
import { type CommandOutcome, type DeadLetterMark, isRetryable, type StoreWatch } from '@sluice/core';
import { discardCommand, redriveCommand } from '@sluice/streams';
import type { Publish } from '../publish/publish.ts';

export interface DeadLetterMarksOptions {
  readonly watch: () => Pick<StoreWatch, 'outcome'>;
  readonly publish: Publish;
  /** Of the control stream. */
  readonly controlTopic: string;
  /** In ms since the epoch. */
  readonly now: () => number;
  /** Aborts when the service ends. */
  readonly signal: AbortSignal;
  /** How long a control command may take to be projected. Default 10 s. */
  readonly timeoutMs?: number;
}

/** Who asks, as the control command carries it. */
export interface Asking {
  readonly client: string;
  readonly correlationId: string;
}

/** `pending`: in the log, and not projected in time. */
export interface Marking {
  readonly kind: 'projected' | 'pending';
  /** Of the control command. */
  readonly commandId: string;
}

/** Says in the log what is to become of dead letters, and waits until that is projected. */
export class DeadLetterMarks {
  readonly #options: DeadLetterMarksOptions;

  constructor(options: DeadLetterMarksOptions) {
    this.#options = options;
  }

  /** @throws SluiceError where the broker has not confirmed the command */
  async mark(
    kind: 'redrive' | 'discard',
    deadLetters: readonly DeadLetterMark[],
    { client, correlationId }: Asking,
  ): Promise<Marking> {
    const { publish, controlTopic: topic, now } = this.#options;
    const commandId = randomUUID();
    const command = kind === 'redrive' ? redriveCommand : discardCommand;
    await publish(command({ topic, commandId, acceptedAtMs: now(), client, correlationId, deadLetters }));
    const outcome = await this.#outcome(commandId);
    if (!outcome) return { kind: 'pending', commandId };
    if (outcome.status === 'projected') return { kind: 'projected', commandId };
    throw new Error(`control command ${commandId} was ${outcome.status}: ${outcome.detail}`);
  }

  async #outcome(commandId: string): Promise<CommandOutcome | undefined> {
    const { watch, signal, timeoutMs = 10_000 } = this.#options;
    try {
      return await watch().outcome(commandId, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
    } catch (error) {
      // Too many wait, or the store is down: the command is in the log all the same.
      if (isRetryable(error)) return undefined;
      throw error;
    }
  }
}
