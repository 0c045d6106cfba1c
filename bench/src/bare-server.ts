// The limit that ingest is held against: node:http alone, answering the bytes that ingest answers.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

createServer((_request, response) => {
  const body = JSON.stringify({ id: randomUUID() });
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    correlationid: randomUUID(),
    'access-control-allow-origin': '*',
  });
  response.end(body);
}).listen(Number(process.env.PORT), '127.0.0.1');
