import { subscribe } from 'node:diagnostics_channel';
import type { IncomingHttpHeaders } from 'node:http2';

/** https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
const TIMEOUT = /^(\d{1,8})([HMS])$/;
const HOURS = { H: 1, M: 1 / 60, S: 1 / 3_600 } as const;
/** What is left of 2^31 ms in whole hours: as long as a timer can be. */
const LONGEST_HOURS = 596;

let isShortening = false;

/**
 * Lets calls have deadlines that no timer holds. The library cuts the milliseconds of a call to 32 bits, so that one with a
 * deadline in more than 24 days may end at once: Python's publisher asks for 136 years wherever it orders messages. The
 * library gives no way in before it reads the header, so it finds a shorter one there.
 */
export function shortenLongDeadlines(): void {
  if (isShortening) return;
  isShortening = true;
  subscribe('http2.server.stream.created', (message) => {
    const { headers } = message as { readonly headers: IncomingHttpHeaders };
    const [, count, unit] = TIMEOUT.exec(String(headers['grpc-timeout'])) ?? [];
    if (unit === undefined) return;
    if (Number(count) * HOURS[unit as keyof typeof HOURS] > LONGEST_HOURS)
      headers['grpc-timeout'] = `${LONGEST_HOURS}H`;
  });
}
