import { quoted } from '@sluice/core';
import { SettingsError } from '@sluice/runtime';
import { InvalidArgumentError } from 'commander';
import { topicOf } from './listen/topic.ts';

/** For an option of the command line: a whole number in this range. */
export function wholeNumberArgument(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}, got ${quoted(text)}.`);
  };
}

/** For an option of the command line: where an HTTP server is. */
export function serverArgument(text: string): URL {
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  // Not fit to be shown again: a URL with a password in it is refused, too.
  if (!url || url.search || url.hash || url.username || url.password) {
    throw new InvalidArgumentError('It must be like http://host:port.');
  }
  // What is asked for is looked for below it.
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

/** For an argument of the command line: the topic that is meant. */
export function topicArgument(name: string): string {
  try {
    return topicOf(name, process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new InvalidArgumentError(`The ${error.message}.`);
  }
}
