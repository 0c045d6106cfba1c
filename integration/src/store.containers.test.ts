import { after } from 'node:test';
import { storeContract } from '@sluice/contract-tests';
import { openProbe } from '@sluice/store-postgres/testing';
import { PostgreSqlContainer } from '@testcontainers/postgresql';

const container = await new PostgreSqlContainer('postgres:18').start();
after(() => container.stop());
const url = container.getConnectionUri();

storeContract({ name: 'PostgreSQL in a container', open: () => openProbe({ url }) });
