import { after } from 'node:test';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@sluice/embedded-postgres';
import { temporaryDirectory } from '@sluice/testing';

/** A PostgreSQL for the whole of a test file. */
export async function serverForFile(): Promise<EmbeddedPostgres> {
  const directory = await temporaryDirectory();
  const server = await startEmbeddedPostgres({ dataDirectory: directory.path, port: 0 });
  after(async () => {
    await server.stop();
    await directory[Symbol.asyncDispose]();
  });
  return server;
}
