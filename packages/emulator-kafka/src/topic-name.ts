const MAX_LENGTH = 249;

/** Why the name is not one that Apache Kafka allows for a topic; undefined where it is. */
export function topicNameFault(name: string): string | undefined {
  if (name === '') return 'Topic name is invalid: the empty string is not allowed';
  if (name === '.' || name === '..') return `Topic name is invalid: '${name}' is not allowed`;
  if (name.length > MAX_LENGTH) {
    return `Topic name is invalid: the length of '${name}' is longer than the max allowed length ${MAX_LENGTH}`;
  }
  if (/^[A-Za-z0-9._-]+$/.test(name)) return undefined;
  return `Topic name is invalid: '${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`;
}

/** Two topics may not have names that are equal in this form: metrics write a dot as an underscore. */
export const collisionKey = (name: string): string => name.replaceAll('.', '_');
