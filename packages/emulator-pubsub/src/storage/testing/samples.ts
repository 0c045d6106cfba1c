import type { MessageLog, NewMessage, ReadLimits, StoredMessage } from '../storage.ts';

export const ALL: ReadLimits = { maxMessages: 1_000_000_000, maxBytes: 1_000_000_000 };

export function textMessage(text: string, changes: Partial<NewMessage> = {}): NewMessage {
  return { data: Buffer.from(text), attributes: {}, orderingKey: '', ...changes };
}

/** All that is kept, in portions. */
export async function readAll(log: MessageLog, limits: ReadLimits = ALL): Promise<StoredMessage[]> {
  const messages: StoredMessage[] = [];
  for (let offset = log.startOffset; offset < log.endOffset; ) {
    const portion = await log.read(offset, limits);
    for (const message of portion) {
      if (message.offset !== offset) throw new Error(`expected the message of offset ${offset}, got ${message.offset}`);
      offset += 1;
    }
    if (portion.length === 0) throw new Error(`nothing at offset ${offset}, below the end ${log.endOffset}`);
    messages.push(...portion);
  }
  return messages;
}

export const textsOf = (messages: readonly StoredMessage[]): string[] => messages.map(({ data }) => data.toString());
