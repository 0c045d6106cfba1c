import autocannon from 'autocannon';

export interface Load {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default none. */
  readonly body?: string;
}

/**
 * Posts as fast as the answers come.
 * @returns requests per second
 * @throws where an answer was not a 2xx: a limit reached by refusing is no figure
 */
export async function postsPerSecond({ url, connections, seconds, headers, body }: Load): Promise<number> {
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    method: 'POST',
    ...(headers && { headers }),
    ...(body !== undefined && { body }),
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${url}: ${result.non2xx} answers were no 2xx, ${result.errors} errors`);
  }
  return result.requests.total / result.duration;
}
