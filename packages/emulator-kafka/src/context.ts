import type { Clock } from '@sluice/durable-log';
import type { AnswerBudget, AnswerShare } from './answer-budget.ts';
import type { ArrivingRequests } from './arriving-requests.ts';
import type { BrokerEvent } from './events.ts';
import type { Faults } from './faults.ts';
import type { GroupCoordinator } from './groups/coordinator.ts';
import type { Api, ApiRange } from './protocol/api.ts';
import type { ProducerIds } from './storage/producer-ids.ts';
import type { Topics } from './storage/topics.ts';

/** What the handlers of all connections share. */
export interface Broker {
  readonly nodeId: number;
  readonly clusterId: string;
  /** Where clients are told to connect. */
  readonly endpoint: { readonly host: string; readonly port: number };
  /** What ApiVersions answers. */
  readonly apis: readonly ApiRange[];
  readonly clock: Clock;
  readonly topics: Topics;
  readonly producerIds: ProducerIds;
  readonly groups: GroupCoordinator;
  readonly faults: Faults;
  readonly answerBudget: AnswerBudget;
  readonly arriving: ArrivingRequests;
  /** Whether a topic that a client asks about comes into being (`auto.create.topics.enable`). */
  readonly autoCreateTopics: boolean;
  /** For topics whose creator names no number (`num.partitions`). */
  readonly defaultPartitions: number;
  /** Tells whoever runs the broker; never throws. */
  readonly log: (event: BrokerEvent) => void;
  /** Ends the broker at once, since what the disk holds is unknown. */
  readonly fail: (error: Error) => void;
}

/** What a handler knows of the request beside its body. */
export interface RequestContext {
  readonly broker: Broker;
  /** Null where the client sends none. */
  readonly clientId: string | null;
  /** The client's address, as Apache Kafka shows it in group descriptions: `/127.0.0.1`. */
  readonly clientHost: string;
  /** Aborted when the connection has ended or the broker stops: whoever waits then need not answer. */
  readonly signal: AbortSignal;
  /** For a handler whose answer may be large. It is released once the answer has been written, or will never be. */
  readonly share: AnswerShare;
}

export type KafkaApi = Api<RequestContext>;
