import type { NewRecord, Publisher, PublishResult } from '@sluice/core';

interface Waiting {
  readonly record: NewRecord;
  readonly resolve: (result: PublishResult) => void;
}

/**
 * Hands the broker in one call what the requests of one turn of the event loop publish: under load a turn brings dozens,
 * and a call costs about as much as a record does. Nobody waits for company, since a turn ends as soon as what has
 * arrived was read. The price: the answers of one turn come together, when the last of its records is decided.
 */
export function turnPublisher(publisher: Pick<Publisher, 'publish'>): (record: NewRecord) => Promise<PublishResult> {
  let turn: Waiting[] = [];
  const publishTurn = async (): Promise<void> => {
    const waiting = turn;
    turn = [];
    const results = await publishAll(
      publisher,
      waiting.map(({ record }) => record),
    );
    for (const [index, { resolve }] of waiting.entries()) resolve(results[index] ?? UNANSWERED);
  };
  return (record) =>
    new Promise((resolve) => {
      if (turn.push({ record, resolve }) === 1) setImmediate(publishTurn);
    });
}

const UNANSWERED: PublishResult = { kind: 'failed', error: new Error('the broker gave no result for the record') };

/** A call that is refused as a whole is refused for each of its records. */
async function publishAll(
  publisher: Pick<Publisher, 'publish'>,
  records: readonly NewRecord[],
): Promise<readonly PublishResult[]> {
  try {
    return await publisher.publish(records);
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    return records.map(() => ({ kind: 'failed', error }));
  }
}
