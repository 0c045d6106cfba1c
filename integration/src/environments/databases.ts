import { Client } from 'pg';

let made = 0;

/** Makes an empty database on the server of `url`, and resolves to its own URL. */
export async function createDatabase(url: string): Promise<string> {
  const name = `test_${process.pid}_${++made}`;
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  return Object.assign(new URL(url), { pathname: `/${name}` }).href;
}
