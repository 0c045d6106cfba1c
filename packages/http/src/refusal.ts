import type { Reply } from './reply.ts';

/** Thrown where a request is no good and there is no way to return so: it is answered with the reply, and not logged. */
export class Refusal extends Error {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(`refused with ${reply.status}`);
    this.name = 'Refusal';
    this.reply = reply;
  }
}
