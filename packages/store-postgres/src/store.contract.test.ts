import { storeContract } from '@sluice/contract-tests';
import { openProbe } from './testing/probe.ts';
import { serverForFile } from './testing/server.ts';

const { url } = await serverForFile();

storeContract({ name: 'embedded PostgreSQL', open: () => openProbe({ url }) });
