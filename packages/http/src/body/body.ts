import type { IncomingMessage, ServerResponse } from 'node:http';
import { quoted, SluiceError } from '@sluice/core';
import { MALFORMED_REQUEST, problem, problemOf, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE } from '../problem.ts';
import type { Reply } from '../reply.ts';
import type { BodyBudget } from './budget.ts';
import { KeptBody } from './kept-body.ts';

/**
 * What becomes of a request's body: it is thrown away, up to the application's limit, or read whole before the route is
 * called. A body over the limit is answered with 413, and the connection lives on.
 */
export type BodyRule = 'discard' | { readonly limitBytes: number };

export type TakenBody =
  | { readonly kind: 'taken'; readonly bytes: Buffer /** What is to be given back to the budget. */; heldBytes: number }
  | { readonly kind: 'refused'; readonly reply: Reply };

export const NO_BYTES: Buffer = Buffer.alloc(0);
const DISCARDED: TakenBody = { kind: 'taken', bytes: NO_BYTES, heldBytes: 0 };

/** How much more than the limit is swallowed after the answer, so that the sender lives to read it: so many times. */
const PATIENCE = 64;
/** But no less than this, which senders who know no limit may well have. */
const LEAST_PATIENCE_BYTES = 12 * 2 ** 20;
/** And no more than this. */
const MOST_PATIENCE_BYTES = 64 * 2 ** 20;

export function hasBody({ headers }: IncomingMessage): boolean {
  const declared = headers['content-length'];
  return (declared !== undefined && declared !== '0') || headers['transfer-encoding'] !== undefined;
}

/** Throws away a body that no one wants, so that the connection can serve the next request. */
export function discardBody(
  request: IncomingMessage,
  response: ServerResponse,
  limitBytes: number,
): Promise<TakenBody> {
  return takeBody(request, response, limitBytes, undefined);
}

/** Reads a body into memory, of which all bodies together may take what the budget has. */
export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  limitBytes: number,
  budget: BodyBudget,
): Promise<TakenBody> {
  const declared = request.headers['content-length'];
  const mostBytes = declared === undefined ? limitBytes : Math.min(Number(declared), limitBytes);
  return takeBody(request, response, limitBytes, new KeptBody(budget, mostBytes));
}

/**
 * Resolves at the body's end, or with the answer to give instead. What still comes after a refusal is thrown away
 * unseen, up to a bound: closing at once would reset the connection under a client that is still sending, and lose it
 * the answer.
 */
function takeBody(
  request: IncomingMessage,
  response: ServerResponse,
  limitBytes: number,
  kept: KeptBody | undefined,
): Promise<TakenBody> {
  return new Promise((resolve) => {
    const { headers } = request;
    const patienceBytes = Math.max(
      LEAST_PATIENCE_BYTES,
      Math.min(limitBytes * PATIENCE, limitBytes + MOST_PATIENCE_BYTES),
    );
    let seenBytes = 0;
    let isSettled = false;
    const refuse = (reply: Reply): void => {
      if (isSettled) return;
      isSettled = true;
      kept?.drop();
      resolve({ kind: 'refused', reply });
    };
    request.on('data', (chunk: Buffer) => {
      seenBytes += chunk.length;
      if (seenBytes > patienceBytes) request.destroy();
      if (isSettled) return;
      if (seenBytes > limitBytes) refuse(tooLarge(limitBytes));
      else if (kept && !kept.add(chunk)) refuse(overloaded());
    });
    request.on('end', () => {
      if (isSettled) return;
      isSettled = true;
      resolve(kept ? { kind: 'taken', bytes: kept.bytes, heldBytes: kept.heldBytes } : DISCARDED);
    });
    // A sender that goes away in the middle; nobody is left to read this.
    request.on('error', () => refuse(problem(MALFORMED_REQUEST, 'the body must be complete, but it ended early')));
    if (Number(headers['content-length']) > limitBytes) refuse(tooLarge(limitBytes));
    else if (kept && isEncoded(headers['content-encoding'])) refuse(encoded(headers['content-encoding']));
    // Whoever waits for this is refused without it, and need not send; Node ends the connection then.
    else if (headers.expect !== undefined) response.writeContinue();
  });
}

const isEncoded = (coding: string | undefined): boolean => coding !== undefined && coding.toLowerCase() !== 'identity';

const tooLarge = (limitBytes: number): Reply =>
  problem(TOO_LARGE, `the body must have at most ${limitBytes} bytes, but it has more`);

const encoded = (coding = ''): Reply =>
  problem(UNSUPPORTED_MEDIA_TYPE, `the body must not be encoded, got header Content-Encoding ${quoted(coding)}`, {
    headers: { 'Accept-Encoding': 'identity' },
  });

// With its cause, by which the log tells it from a failure of ours.
const overloaded = (): Reply => problemOf(new SluiceError('overloaded', 'the bodies in hand fill the memory for them'));
