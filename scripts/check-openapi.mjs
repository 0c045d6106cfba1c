// Checks the OpenAPI documents of the services: each must be valid, describe every route, and have examples that fit.

import { openApiFaults } from '../packages/http/src/testing/openapi-faults.ts';
import { document as ingest } from '../services/ingest/src/openapi.ts';
import { document as query } from '../services/query/src/openapi.ts';

for (const [service, document] of Object.entries({ ingest, query })) {
  const faults = await openApiFaults(document);
  for (const fault of faults) console.error(`check-openapi: ${service}: ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
  const operations = Object.values(document.paths).flatMap((methods) => Object.keys(methods));
  console.log(`check-openapi: ${service}: ${operations.length} operations, ${faults.length} faults`);
}
