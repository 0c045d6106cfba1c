import {
  clientTopic,
  type DeadLetterItem,
  type DeadLetterMark,
  type EffectsItem,
  type Instant,
  parseInstant,
  type RecordPosition,
  type Store,
  type StoreItem,
} from '@sluice/core';

export function instant(text: string): Instant {
  const parsed = parseInstant(text);
  if (parsed.kind === 'refused') throw new Error(`${text} must ${parsed.rule}`);
  return parsed.instant;
}

let offsets = 0;

/** Projects the items, each one a batch of its own. */
export async function apply(store: Store, ...items: readonly StoreItem[]): Promise<void> {
  for (const item of items) await store.writer.apply({ group: 'g', items: [item], advance: null });
}

const recordAt = (topic: string, position?: RecordPosition) => ({
  topic,
  position: position ?? ({ kind: 'offset', partition: 0, offset: offsets++ } as const),
  timestampMs: Date.parse('2026-01-01T00:00:00.250Z'),
  key: null,
  value: Buffer.from('{"fruit":1}'),
  headers: [],
});

export interface EventOptions {
  readonly id: string;
  readonly client?: string;
  readonly event?: string;
  readonly at?: string;
  readonly data?: string;
  readonly version?: number;
}

/** A stored event of a client's stream. */
export function clientEvent(options: EventOptions): EffectsItem {
  const { id, client = 'SpongeBob', event = 'Fruits', at = '2026-01-01T00:00:00Z', data = '{}', version = 1 } = options;
  const stream = clientTopic(client, event);
  const createdAt = instant(at);
  const row = { id, createdAt, client, event, schemaVersion: version, data };
  return {
    kind: 'effects',
    stream,
    identity: { commandId: id, client, time: createdAt },
    record: recordAt(stream),
    effects: [{ kind: 'row', table: 'events', row }],
  };
}

export interface DeadLetterOptions {
  readonly id: string;
  readonly stream?: string;
  readonly reason?: DeadLetterItem['deadLetter']['reason'];
  readonly at?: string;
  readonly position?: RecordPosition;
  readonly record?: Partial<DeadLetterItem['deadLetter']['record']>;
}

export function deadLetter(options: DeadLetterOptions): DeadLetterItem {
  const { id, stream = 'SpongeBob.Fruits', reason = 'schema-violation', at = '2026-01-01T00:00:00Z' } = options;
  return {
    kind: 'dead-letter',
    deadLetter: {
      commandId: id,
      stream,
      client: 'SpongeBob',
      reason,
      detail: '/fruit must be string, got 1',
      createdAt: instant(at),
      record: { ...recordAt(stream, options.position), ...options.record },
    },
  };
}

/** A control command of the log. */
export function control(id: string, effect: EffectsItem['effects'][number]): EffectsItem {
  return {
    kind: 'effects',
    stream: 'sluice.control.v1',
    identity: { commandId: id, client: 'default', time: instant('2026-01-01T00:00:00Z') },
    record: recordAt('sluice.control.v1'),
    effects: [effect],
  };
}

export function registration(id: string, client: string, event: string): EffectsItem {
  const topic = clientTopic(client, event);
  return control(id, { kind: 'registration', client, event, topic, schema: '{}', compatibility: 'none', base: 0 });
}

export function markOf({ deadLetter: { commandId, reason, detail, record } }: DeadLetterItem): DeadLetterMark {
  return { commandId, topic: record.topic, position: record.position, reason, detail };
}
