/** Names of resources, as the API takes them (https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names). */
export class Names {
  readonly #projectId: string;
  readonly #subscriptionId: (group: string, topic: string) => string | undefined;

  constructor(projectId: string, subscriptionId: (group: string, topic: string) => string | undefined) {
    this.#projectId = projectId;
    this.#subscriptionId = subscriptionId;
  }

  get project(): string {
    return `projects/${this.#projectId}`;
  }

  topic(topic: string): string {
    return `${this.project}/topics/${topic}`;
  }

  subscription(group: string, topic: string): string {
    return `${this.project}/subscriptions/${this.#subscriptionId(group, topic) ?? `${group}.${topic}`}`;
  }

  /** A snapshot is of one subscription. */
  snapshot(name: string, topic: string): string {
    return `${this.project}/snapshots/${name}.${topic}`;
  }
}
