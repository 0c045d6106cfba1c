import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { testAdmin } from './broker-admin.ts';
import { testGroups } from './broker-groups.ts';
import { testHandling } from './broker-handling.ts';
import { testPublishing } from './broker-publishing.ts';
import { testReading } from './broker-reading.ts';
import type { BrokerCases, BrokerContractOptions, BrokerUnderTest } from './broker-under-test.ts';

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
      assert.equal(cases.under().broker.capabilities.offsets, features.offsets);
    });
    testAdmin(cases);
    testPublishing(cases);
    testReading(cases);
    testHandling(cases);
    testGroups(cases);
  });
}
