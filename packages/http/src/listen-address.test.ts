import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSettings, SettingsError } from '@sluice/runtime';
import { listenAddress } from './listen-address.ts';

const setting = listenAddress({ port: 7080 });

test('a service listens on loopback unless told otherwise', () => {
  assert.deepEqual(readSettings(setting, {}), { host: '127.0.0.1', port: 7080 });
  for (const HOST of ['localhost', '::1', '127.0.0.2']) {
    assert.deepEqual(readSettings(setting, { HOST, SERVER_PORT: '0' }), { host: HOST, port: 0 });
  }
});

test('beyond loopback it refuses without AUTH=none', () => {
  for (const HOST of ['0.0.0.0', '::', '10.0.0.1', 'example.org', '127.evil.example']) {
    assert.throws(
      () => readSettings(setting, { HOST }),
      (error) => error instanceof SettingsError && /^HOST must be a loopback .*AUTH=none/.test(error.message),
      HOST,
    );
    assert.equal(readSettings(setting, { HOST, AUTH: 'none' }).host, HOST);
  }
});

test('it says so beside what else is wrong', () => {
  for (const [more, variables] of [
    [{ SERVER_PORT: 'x' }, ['HOST', 'SERVER_PORT']],
    [{ AUTH: 'basic' }, ['AUTH', 'HOST']],
    [{ AUTH: 'none', SERVER_PORT: 'x' }, ['SERVER_PORT']],
  ] as const) {
    assert.throws(
      () => readSettings(setting, { HOST: '0.0.0.0', ...more }),
      (error) => {
        assert.ok(error instanceof SettingsError);
        assert.deepEqual(error.faults.map(({ variable }) => variable).toSorted(), variables);
        return true;
      },
    );
  }
});

test('an authentication that does not exist is a fault, also on loopback', () => {
  for (const AUTH of ['NONE', 'basic', 'false']) {
    assert.throws(() => readSettings(setting, { AUTH }), /AUTH must be none or absent/);
  }
});
