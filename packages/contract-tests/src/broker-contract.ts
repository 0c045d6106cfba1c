import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { BrokerCapabilities } from '@sluice/core';
import { testAdmin } from './broker-admin.ts';
import { testGroups } from './broker-groups.ts';
import { testHandling } from './broker-handling.ts';
import { testPublishing } from './broker-publishing.ts';
import { testReading } from './broker-reading.ts';
import { testReplay } from './broker-replay.ts';
import type { BrokerCases, BrokerContractOptions, BrokerUnderTest } from './broker-under-test.ts';

const BY_OFFSET: BrokerCapabilities = { offsets: true, orderedBy: 'partition', replay: 'offset' };
const BY_MESSAGE: BrokerCapabilities = { offsets: false, orderedBy: 'key', replay: 'time-or-snapshot' };

/** What every adapter of the Broker port must do. An adapter's own test is a constructor and what it is capable of. */
export function brokerContract({ name, features, open }: BrokerContractOptions): void {
  describe(`broker contract: ${name}`, () => {
    let opened: BrokerUnderTest | undefined;
    const cases: BrokerCases = {
      features,
      under: () => opened ?? assert.fail('the broker was not opened'),
    };
    before(async () => {
      opened = await open();
    });
    after(async () => {
      await opened?.[Symbol.asyncDispose]();
    });

    it('is capable of what it says', () => {
      const { capabilities } = cases.under().broker;
      assert.deepEqual(capabilities, features.offsets ? BY_OFFSET : BY_MESSAGE);
    });
    testAdmin(cases);
    testPublishing(cases);
    testReading(cases);
    testHandling(cases);
    testGroups(cases);
    testReplay(cases);
  });
}
