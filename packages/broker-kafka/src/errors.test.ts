import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SluiceError } from '@sluice/core';
import { brokerRefused, fromKafkaJs } from './errors.ts';

const withCode = (code: number): Error => Object.assign(new Error('Kafka says no'), { code });

describe('fromKafkaJs', () => {
  it('finds what it means, however deeply it is wrapped', () => {
    const wrapped = new Error('retries exceeded', { cause: new Error('again', { cause: withCode(30) }) });
    assert.equal(fromKafkaJs(wrapped, 'joining').code, 'unauthorized');
    const several = Object.assign(new Error('topic creation errors'), { errors: [withCode(36), withCode(38)] });
    assert.equal(fromKafkaJs(several, 'creating').code, 'misconfigured');
    const named = Object.assign(new Error('wrong password'), { name: 'KafkaJSSASLAuthenticationError' });
    assert.equal(fromKafkaJs(named, 'connecting').code, 'unauthorized');
  });

  it('takes whatever it does not know for something that passes', () => {
    for (const error of [withCode(6), Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), 'a string']) {
      const { code, message, cause } = fromKafkaJs(error, 'asking');
      assert.equal(code, 'unavailable');
      assert.match(message, /^asking: /);
      assert.equal(cause, error);
    }
  });

  it('lets an error of ours through, wrapped or not', () => {
    const ours = new SluiceError('misconfigured', 'ours');
    assert.equal(fromKafkaJs(ours, 'asking'), ours);
    assert.equal(fromKafkaJs(new Error('retries exceeded', { cause: ours }), 'asking'), ours);
  });
});

it('gives a refusal its meaning', () => {
  assert.equal(brokerRefused('a record', 10).code, 'too-large');
  assert.equal(brokerRefused('a record', 87).code, 'invalid-data');
  assert.match(brokerRefused('a record', 10).message, /error MESSAGE_TOO_LARGE \(10\) for a record/);
});
