import {
  type Answer,
  EMPTY,
  type JoinAnswer,
  joinRefused,
  type Protocol,
  type SyncAnswer,
  syncRefused,
} from './messages.ts';

export interface MemberFields {
  readonly id: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocols: readonly Protocol[];
  readonly assignment: Buffer;
}

export type MemberTerms = Pick<MemberFields, 'sessionTimeoutMs' | 'rebalanceTimeoutMs' | 'protocols'>;

/** A member of a group, with the requests of it that wait for the others. */
export class Member {
  readonly id: string;
  /** Null for a dynamic member. */
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  assignment: Buffer;
  /** Until its first generation: it has learned no member id yet, so it cannot send heartbeats. */
  isNew = false;
  #terms: MemberTerms;
  #join: Answer<JoinAnswer> | undefined;
  #sync: Answer<SyncAnswer> | undefined;

  constructor(fields: MemberFields) {
    this.id = fields.id;
    this.instanceId = fields.instanceId;
    this.clientId = fields.clientId;
    this.clientHost = fields.clientHost;
    this.assignment = fields.assignment;
    const { sessionTimeoutMs, rebalanceTimeoutMs, protocols } = fields;
    this.#terms = { sessionTimeoutMs, rebalanceTimeoutMs, protocols };
  }

  get isStatic(): boolean {
    return this.instanceId !== null;
  }

  get terms(): MemberTerms {
    return this.#terms;
  }

  /** What it said when it joined last. */
  set terms({ sessionTimeoutMs, rebalanceTimeoutMs, protocols }: MemberTerms) {
    this.#terms = { sessionTimeoutMs, rebalanceTimeoutMs, protocols };
  }

  get sessionTimeoutMs(): number {
    return this.#terms.sessionTimeoutMs;
  }

  get rebalanceTimeoutMs(): number {
    return this.#terms.rebalanceTimeoutMs;
  }

  get protocols(): readonly Protocol[] {
    return this.#terms.protocols;
  }

  get isJoining(): boolean {
    return this.#join !== undefined;
  }

  /** Whether the session cannot expire now: it waits for others, not they for it. */
  get isExcused(): boolean {
    return !this.isNew && (this.isJoining || this.#sync !== undefined);
  }

  knows(protocol: string): boolean {
    return this.protocols.some(({ name }) => name === protocol);
  }

  metadataFor(protocol: string | null): Buffer {
    return this.protocols.find(({ name }) => name === protocol)?.metadata ?? EMPTY;
  }

  saysTheSame(protocols: readonly Protocol[]): boolean {
    return (
      protocols.length === this.protocols.length &&
      this.protocols.every(({ name, metadata }, index) => {
        const other = protocols[index];
        return other?.name === name && other.metadata.equals(metadata);
      })
    );
  }

  /** An earlier request that still waits is from a connection that the client gave up: it is told to join again. */
  waitForJoin(answer: Answer<JoinAnswer>): void {
    this.answerJoin(joinRefused('REBALANCE_IN_PROGRESS', this.id));
    this.#join = answer;
  }

  waitForSync(answer: Answer<SyncAnswer>): void {
    this.answerSync(syncRefused('REBALANCE_IN_PROGRESS'));
    this.#sync = answer;
  }

  /** Does nothing where no request waits. */
  answerJoin(answer: JoinAnswer): void {
    const join = this.#join;
    this.#join = undefined;
    join?.(answer);
  }

  /** @returns whether a request waited. */
  answerSync(answer: SyncAnswer): boolean {
    const sync = this.#sync;
    this.#sync = undefined;
    sync?.(answer);
    return sync !== undefined;
  }
}
