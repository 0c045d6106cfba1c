// A supervisor as a process of its own: starts PostgreSQL in the folder given, says where it is, and waits to be killed.
import { startEmbeddedPostgres } from '../index.ts';

const [dataDirectory = '', port = '0'] = process.argv.slice(2);
const { pid, url } = await startEmbeddedPostgres({
  dataDirectory,
  port: Number(port),
  log: (line) => console.error(line),
});
console.log(JSON.stringify({ pid, url }));
setInterval(() => {}, 60_000);
