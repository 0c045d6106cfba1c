import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@sluice/testing';
import { activityService } from './old-clients/activity-service.ts';
import { eventGateway } from './old-clients/event-gateway.ts';
import { gatekeeper } from './old-clients/gatekeeper.ts';
import { OldClient } from './old-clients/old-client.ts';
import { timestampService } from './old-clients/timestamp-service.ts';
import { StartedSluice } from './pipeline/started-sluice.ts';

for (const BROKER of ['kafka', 'pubsub'] as const) {
  test(`clients of the old systems find at one address what they rely on, with BROKER=${BROKER}`, async (t) => {
    await using folder = await temporaryDirectory();
    await using sluice = await StartedSluice.ready(join(folder.path, 'data'), { BROKER });
    const client = new OldClient(sluice.address('gateway'));
    await t.test('the timestamp services', (t) => timestampService(t, client));
    await t.test('the activity service', (t) => activityService(t, client));
    await t.test('the event gateway', (t) => eventGateway(t, client));
    await t.test('the gatekeeper', (t) => gatekeeper(t, client));
  });
}
