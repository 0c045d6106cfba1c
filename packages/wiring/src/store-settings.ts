import { maskedUrl, optional, refined, type Setting, settings, valid } from '@sluice/runtime';

export interface StoreConfig {
  /** With the password in it. */
  readonly url: string;
}

const DEFAULT_URL = 'postgres://sluice:sluice@127.0.0.1:5433/sluice';

/**
 * `DATABASE_URL`, or the old systems' `DB_URL` (also as Java writes it, `jdbc:postgresql://…`) with `DB_USERNAME` and
 * `DB_PASSWORD`, which take the place of what the URL says.
 */
export const storeConfig: Setting<StoreConfig> = refined(
  settings({
    databaseUrl: postgresUrl('DATABASE_URL', 'be a URL like postgres://user:password@host:5432/database'),
    url: postgresUrl('DB_URL', 'be a URL like jdbc:postgresql://host:5432/database'),
    username: credential('DB_USERNAME'),
    password: credential('DB_PASSWORD'),
  }),
  ({ databaseUrl, url = new URL(DEFAULT_URL), username, password }) => {
    if (databaseUrl) return valid({ url: databaseUrl.href });
    const whole = new URL(url);
    if (username !== undefined) whole.username = encodeURIComponent(username);
    if (password !== undefined) whole.password = encodeURIComponent(password);
    return valid({ url: whole.href });
  },
);

function postgresUrl(name: string, rule: string): Setting<URL | undefined> {
  return optional({
    name,
    rule,
    parse: (text) => {
      const url = URL.parse(withHost(text.replace(/^jdbc:/, '')));
      return url !== null && isWhole(url) ? url : undefined;
    },
    show: maskedUrl,
  });
}

/**
 * A Unix socket comes as the parameter `host`, in a URL without a host, which cannot carry a user. The parameter comes
 * first, so that any host may stand there.
 */
function withHost(url: string): string {
  return /[?&]host=[^&]/.test(url) ? url.replace(/^([a-z]+:\/\/(?:[^/?#]*@)?)(?=\/)/, '$1localhost') : url;
}

function isWhole({ protocol, hostname, pathname, username, password }: URL): boolean {
  if (!/^postgres(ql)?:$/.test(protocol) || hostname === '' || pathname.length < 2) return false;
  try {
    decodeURIComponent(`${username}${password}${pathname}`);
    return true;
  } catch {
    return false;
  }
}

/** Any text: what is right about it, only the database knows. */
function credential(name: string): Setting<string | undefined> {
  return { read: (environment) => valid(environment[name] || undefined) };
}
