import { randomUUID } from 'node:crypto';
import { ACTIVITY_STREAM, CONTROL_STREAM } from '@sluice/streams';
import { freePort } from '@sluice/testing';
import { type BrokerPlace, brokerSettings, type Environment } from '../environments/environment.ts';
import { openBrokerAt } from '../environments/open-broker.ts';
import type { Log } from './log.ts';
import { openLog } from './open-log.ts';
import { Service, type ServiceName } from './service.ts';

/**
 * One pipeline on an environment, alone with its topics of timestamps and of table transactions, its group and its database.
 * Activity events and the control stream it shares with the others.
 */
export class Pipeline implements AsyncDisposable {
  readonly environment: Environment;
  readonly databaseUrl: string;
  /** Of timestamps. */
  readonly topic: string;
  readonly activitiesTopic: string;
  readonly group: string;
  readonly #services: Service[] = [];

  private constructor(environment: Environment, databaseUrl: string) {
    const name = randomUUID().slice(0, 8);
    this.environment = environment;
    this.databaseUrl = databaseUrl;
    this.topic = `timestamp.command.${name}`;
    this.activitiesTopic = `database.activities.${name}`;
    this.group = `group-${name}`;
  }

  get brokerKind(): BrokerPlace['brokerKind'] {
    return this.environment.brokerKind;
  }

  get brokerAddress(): string {
    return this.environment.brokerAddress;
  }

  /** The topic of timestamps, or another, past all services. */
  log(topic = this.topic): Log {
    return openLog(this.environment, topic);
  }

  static async on(environment: Environment): Promise<Pipeline> {
    const pipeline = new Pipeline(environment, await environment.createDatabase());
    await pipeline.watch(pipeline.topic, pipeline.activitiesTopic, ACTIVITY_STREAM, CONTROL_STREAM);
    return pipeline;
  }

  /** Sees to it that nothing is lost that is published to the topics from now on, where the broker forgets. */
  async watch(...topics: readonly string[]): Promise<void> {
    if (!this.environment.forgets) return;
    await using broker = await openBrokerAt(this.environment);
    await broker.admin.ensureTopics(topics.map((name) => ({ name, partitions: 1 })));
    await broker.admin.ensureSubscriptions({ group: this.group, topics });
    await Promise.all(topics.map((topic) => this.log(topic).watch()));
  }

  /** A service of this pipeline, not started yet. There may be several of a name. */
  async service(name: ServiceName): Promise<Service> {
    const service = new Service(name, await freePort(), {
      ...brokerSettings(this.environment),
      DATABASE_URL: this.databaseUrl,
      KAFKA_PUBLISH_TOPIC: this.topic,
      KAFKA_CONSUMER_TOPIC: this.topic,
      TOPIC_ID: this.activitiesTopic,
      KAFKA_GROUP_ID: this.group,
    });
    this.#services.push(service);
    return service;
  }

  /** Services of this pipeline, started and ready. */
  async started<const N extends readonly ServiceName[]>(...names: N): Promise<{ readonly [K in N[number]]: Service }> {
    const services = await Promise.all(names.map((name) => this.service(name)));
    await Promise.all(services.map((service) => service.start()));
    return Object.fromEntries(services.map((service) => [service.name, service])) as { [K in N[number]]: Service };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#services.map((service) => service[Symbol.asyncDispose]()));
  }
}
