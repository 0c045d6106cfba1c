import type { BrokerRecord } from '@sluice/core';

type GivenHeaders = readonly { readonly name: string; readonly value: string | Buffer | null }[];

/** Makes records of a topic as the broker delivers them: foreign ones, unless headers are given. */
export const deliveredIn =
  (topic: string, defaultTimestampMs = Date.UTC(2024, 4, 6, 7, 8, 9)) =>
  (
    value: Buffer | string | null,
    headers: GivenHeaders = [],
    timestampMs: number = defaultTimestampMs,
  ): BrokerRecord => ({
    topic,
    position: { kind: 'offset', partition: 3, offset: 41 },
    timestampMs,
    key: null,
    value: bytesOf(value),
    headers: headers.map((header) => ({ name: header.name, value: bytesOf(header.value) })),
  });

const bytesOf = (given: Buffer | string | null): Buffer | null =>
  typeof given === 'string' ? Buffer.from(given) : given;
