import {
  type ActivityEventFilter,
  type ActivityEventRow,
  type CommandOutcome,
  type CommandRow,
  type DeadLetter,
  type DeadLetterState,
  type PageRequest,
  placeText,
  type StoreReader,
  type TimeRange,
} from '@sluice/core';
import { positionsOf, type Stored, type Tables } from './tables.ts';

/** A memory is never replaced by a rebuilt one. */
const GENERATION = 'memory';

/** Reads what the tables hold at the moment of the question. */
export function memoryReader(tables: Tables): StoreReader {
  return {
    timestampById: async (id) => {
      const row = tables.timestampRecords.get(id);
      return row && { id: row.id, eventTimestamp: row.eventTimestamp, createdAt: row.createdAt };
    },
    activityEvents: async (filter, page) =>
      paged(
        [...tables.activityEvents.values()]
          .filter((row) => isWithin(row, filter) && matches(row, filter))
          .map(withoutPlace),
        page,
      ),
    clientEvents: async ({ client, event, ...range }, page) => {
      const rows = [...tables.events.values()].filter(
        (row) => row.client === client && row.event === event && isWithin(row, range),
      );
      return paged(rows.map(withoutPlace), page);
    },
    outcomes: async (commandIds) => [...new Set(commandIds)].flatMap((id) => outcomeOf(tables, id) ?? []),
    deadLetters: async ({ stream, reason }, page) => {
      const kept = [...tables.deadLetters.values()].filter(
        (one) =>
          stateOf(tables, one) !== 'discarded' &&
          (stream === undefined || one.stream === stream) &&
          (reason === undefined || one.reason === reason),
      );
      const listed = paged(
        kept.map((one) => ({ ...one, id: one.commandId })),
        page,
      );
      return listed.map(({ id: _, record, ...about }) => ({
        ...about,
        topic: record.topic,
        position: record.position,
        state: stateOf(tables, { ...about, record }),
        valueBytes: record.value?.length ?? 0,
      }));
    },
    deadLetterById: async (commandId) => {
      const found = tables.deadLetters.get(commandId);
      return found && { ...found, state: stateOf(tables, found), isCut: false };
    },
    registryChanges: async (since) => {
      const sequence = tables.schemaVersions.length;
      const isWhole = since?.generation !== GENERATION;
      const versions = tables.schemaVersions.slice(isWhole ? 0 : since.sequence);
      return { mark: { generation: GENERATION, sequence }, isWhole, versions };
    },
    positions: async (group) => positionsOf(tables, group),
  };
}

/** What became of a command, of any stream. */
export function outcomeOf(tables: Tables, id: string): CommandOutcome | undefined {
  const { timestampRecords, activityEvents, events, markers, decisions, deadLetters } = tables;
  const row =
    projected('timestamp.command.v1', timestampRecords.get(id)) ??
    projected('activity.event.v1', activityEvents.get(id)) ??
    projected('sluice.control.v1', markers.get(id));
  if (row) return row;
  const event = events.get(id);
  if (event) return projected(`${event.client}.${event.event}`, event);
  const deadLetter = deadLetters.get(id);
  if (!deadLetter) return decisions.get(id);
  const { stream, client, createdAt, reason, detail, record } = deadLetter;
  const { topic, position } = record;
  const state = stateOf(tables, deadLetter);
  return { id, stream, client, createdAt, topic, position, status: 'dead-lettered', reason, detail, state };
}

/** What the first mark of its place in the log makes of a dead letter. */
export function stateOf({ marks }: Tables, { record }: DeadLetter): DeadLetterState {
  switch (marks.get(placeText(record.topic, record.position))?.decision) {
    case 'redrive':
      return 'redriven';
    case 'discard':
      return 'discarded';
    default:
      return 'kept';
  }
}

function projected(stream: string, row: Stored<CommandRow> | undefined): CommandOutcome | undefined {
  if (!row) return undefined;
  const { id, client, createdAt, topic, position } = row;
  return { id, stream, client, createdAt, topic, position, status: 'projected' };
}

function withoutPlace<Row>({ topic: _, position: __, ...row }: Stored<Row>): Omit<Row, 'topic' | 'position'> {
  return row as Omit<Row, 'topic' | 'position'>;
}

/** Newest first. An instant's text order is its order. */
function paged<Row extends Pick<CommandRow, 'id' | 'createdAt'>>(
  rows: readonly Row[],
  { after, limit }: PageRequest,
): readonly Row[] {
  const newestFirst = rows.toSorted((a, b) => (keyOf(a) < keyOf(b) ? 1 : -1));
  const from = after ? newestFirst.findIndex((row) => keyOf(row) < keyOf(after)) : 0;
  return from === -1 ? [] : newestFirst.slice(from, from + limit);
}

const keyOf = ({ createdAt, id }: Pick<CommandRow, 'id' | 'createdAt'>): string => `${createdAt} ${id}`;

const isWithin = ({ createdAt }: CommandRow, { from, before }: TimeRange): boolean =>
  (from === undefined || createdAt >= from) && (before === undefined || createdAt < before);

function matches(row: ActivityEventRow, { message, from: _, before: __, ...exact }: ActivityEventFilter): boolean {
  const values = new Map<string, unknown>(Object.entries(row));
  return (
    Object.entries(exact).every(([name, value]) => value === undefined || values.get(name) === value) &&
    (message === undefined || row.message.includes(message))
  );
}
