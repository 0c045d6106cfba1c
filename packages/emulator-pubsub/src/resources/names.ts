import { invalidName } from '../grpc/errors.ts';

export type Collection = 'topics' | 'subscriptions' | 'snapshots' | 'schemas';

/** What the topic of a subscription is called whose topic is gone. */
export const DELETED_TOPIC = '_deleted-topic_';
/** What the schema of a topic is called whose schema is gone. */
export const DELETED_SCHEMA = '_deleted-schema_';

/** Ids as projects have them, those of a domain (`example.com:id`), numbers, and what people call theirs in tests. */
const PROJECT = '[A-Za-z0-9][A-Za-z0-9._:~-]{0,99}';
/** The rule of resource names in Google's documentation. */
const ID = '(?!goog)[A-Za-z][A-Za-z0-9._~+%-]{2,254}';

const PATTERNS: Readonly<Record<Collection, RegExp>> = {
  topics: new RegExp(`^projects/(${PROJECT})/topics/${ID}$`),
  subscriptions: new RegExp(`^projects/(${PROJECT})/subscriptions/${ID}$`),
  snapshots: new RegExp(`^projects/(${PROJECT})/snapshots/${ID}$`),
  schemas: new RegExp(`^projects/(${PROJECT})/schemas/${ID}$`),
};

const PROJECT_NAME = new RegExp(`^projects/${PROJECT}$`);

export const isName = (collection: Collection, name: string): boolean => PATTERNS[collection].test(name);

/**
 * The name itself, where it is one.
 * @throws RpcError `INVALID_ARGUMENT`, with the field that it came in.
 */
export function checkName(collection: Collection, field: string, name: string): string {
  if (!isName(collection, name)) throw invalidName(field, name);
  return name;
}

export function checkProject(field: string, name: string): string {
  if (!PROJECT_NAME.test(name)) throw invalidName(field, name);
  return name;
}

/** `projects/p` of `projects/p/topics/t`. */
export const projectOf = (name: string): string => name.slice(0, name.indexOf('/', 'projects/'.length));

/** `t` of `projects/p/topics/t`. */
export const idOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** A name for what was created without one. */
export const randomName = (project: string, collection: Collection): string =>
  `${project}/${collection}/auto-${crypto.randomUUID()}`;
