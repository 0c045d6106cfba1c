import type { BadInput } from '../bad-input.ts';
import { request } from '../request.ts';

const RFC3339 = 'be an RFC 3339 date-time such as 2006-01-02T15:04:05Z';

/** What stands in the path, the rule that it breaks, and how it is shown. */
const TIMES: readonly (readonly [segment: string, rule: string, got: string])[] = [
  ['2024-02-30T00:00:00Z', 'have a day that exists: that month has 29 days', '2024-02-30T00:00:00Z'],
  ['1900-02-29T00:00:00Z', 'have a day that exists: that month has 28 days', '1900-02-29T00:00:00Z'],
  ['2024-13-01T00:00:00Z', 'have a month between 01 and 12', '2024-13-01T00:00:00Z'],
  ['2024-01-01T24:00:00Z', 'have an hour between 00 and 23', '2024-01-01T24:00:00Z'],
  ['2024-12-31T23:59:60Z', 'have seconds between 00 and 59 .*', '2024-12-31T23:59:60Z'],
  ['2024-01-01T00:00:00', 'have an offset: .*', '2024-01-01T00:00:00'],
  ['2024-01-01T00:00:00z', 'end in an upper-case Z', '2024-01-01T00:00:00z'],
  ['0000-01-01T00:00:00Z', 'lie between year 0001 and 9999 in UTC', '0000-01-01T00:00:00Z'],
  ['12024-01-01T00:00:00Z', 'have a year of four digits', '12024-01-01T00:00:00Z'],
  ['now', RFC3339, 'now'],
  ['infinity', RFC3339, 'infinity'],
  ['2024-01-01T00:00:00Z%00', RFC3339, '2024-01-01T00:00:00Z\\\\u0000'],
  ['2024-01-01T00:00:00Z%0d%0aX-Evil:1', RFC3339, '2024-01-01T00:00:00Z\\\\u000d\\\\u000aX-Evil:1'],
  ['%D9%A2%D9%A0%D9%A2%D9%A4-01-01T00:00:00Z', RFC3339, '٢٠٢٤-01-01T00:00:00Z'],
  ["2024-01-01T00:00:00Z';drop%20table%20x--", RFC3339, "2024-01-01T00:00:00Z';drop table x--"],
  ['..%2F..%2Fetc%2Fpasswd', RFC3339, '\\.\\./\\.\\./etc/passwd'],
  ['%E2%80%AE2024', RFC3339, '\\\\u202e2024'],
  ['x'.repeat(10_000), 'be at most 64 characters', `${'x'.repeat(80)}…`],
];

/** Timestamp commands of times that are none. The front door's own tests have all of them; these are in the whole. */
export const timestampCases: readonly BadInput[] = TIMES.map(([segment, rule, got]) => {
  const detail = new RegExp(`^timestamp must ${rule}, got "${got}"$`);
  return {
    name: `a timestamp ${segment.slice(0, 40)}`,
    to: 'ingest',
    door: 'timestamp',
    request: request(`POST /api/v1/timestamp/${segment}`),
    answer: {
      status: 400,
      type: 'invalid-timestamp',
      detail,
      members: { Message: 'invalid timestamp passed, please use 2006-01-02T15:04:05Z07:00' },
      repeatedAs: ['Error'],
    },
  };
});
