import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Alerts } from './alerts.ts';

test('nothing is said before all are up, and the same line again only after a while', () => {
  const said: string[] = [];
  let now = 0;
  const alerts = new Alerts(
    (line) => said.push(line),
    () => now,
  );
  alerts.hear('query warn: early');
  alerts.open();
  alerts.hear('query warn: store away');
  now = 29_999;
  alerts.hear('query warn: store away');
  alerts.hear('consumer warn: store away');
  now = 30_000;
  alerts.hear('query warn: store away');
  assert.deepEqual(said, ['query warn: store away', 'consumer warn: store away', 'query warn: store away']);
});

test('it does not remember lines without bound', () => {
  const said: string[] = [];
  const alerts = new Alerts(
    (line) => said.push(line),
    () => 0,
  );
  alerts.open();
  for (let number = 0; number < 101; number++) alerts.hear(`line ${number}`);
  alerts.hear('line 100');
  alerts.hear('line 0');
  assert.equal(said.length, 102);
  assert.equal(said.at(-1), 'line 0');
});
