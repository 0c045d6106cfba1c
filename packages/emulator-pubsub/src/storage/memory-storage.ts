import type { Clock } from '@sluice/durable-log';
import { KeptData } from './kept-data.ts';
import { MemoryAcks } from './memory-acks.ts';
import { MemoryMessages } from './memory-messages.ts';
import { MemoryResources } from './memory-resources.ts';
import { nextSerial } from './message-ids.ts';
import type { Storage } from './storage.ts';

export interface MemoryStorageOptions {
  readonly clock: Clock;
}

/** For an emulator without a directory: nothing touches the disk. */
export function openMemoryStorage({ clock }: MemoryStorageOptions): Storage {
  let lastSerial = 0;
  const messages = new KeptData(() => {
    lastSerial = nextSerial(lastSerial, clock.now());
    return new MemoryMessages(lastSerial, clock);
  });
  const acks = new KeptData(() => new MemoryAcks());
  return {
    resources: new MemoryResources(),
    openMessages: (id) => messages.open(id),
    openAcks: (id) => acks.open(id),
    removeMessages: (id) => messages.remove(id),
    removeAcks: (id) => acks.remove(id),
    async retainOnly(kept) {
      messages.retainOnly(kept.messages);
      acks.retainOnly(kept.acks);
    },
    async [Symbol.asyncDispose]() {
      await messages[Symbol.asyncDispose]();
      await acks[Symbol.asyncDispose]();
    },
  };
}
