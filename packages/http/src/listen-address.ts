import { isIPv4, isIPv6 } from 'node:net';
import { quoted } from '@sluice/core';
import { faulty, optional, type Setting, type SettingFault, settings, variable, wholeNumber } from '@sluice/runtime';

export interface ListenAddress {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
}

/**
 * `HOST`, `SERVER_PORT` and `AUTH`: where a service listens. Beyond the machine itself it does so only where `AUTH=none`
 * says that this is meant, since there is no authentication.
 */
export function listenAddress({ port }: { readonly port: number }): Setting<ListenAddress> {
  return settings({ host: reach, port: wholeNumber('SERVER_PORT', { min: 0, max: 65_535, fallback: port }) });
}

const hostVariable = variable({
  name: 'HOST',
  rule: 'be an IP address or a host name',
  parse: (text) => (isIPv6(text) || /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/.test(text) ? text : undefined),
  fallback: '127.0.0.1',
});

const authVariable = optional({
  name: 'AUTH',
  rule: 'be none or absent: there is no authentication yet',
  parse: (text) => (text === 'none' ? text : undefined),
});

/** `HOST`, held against `AUTH` also where that is wrong itself: all faults are told at once. */
const reach: Setting<string> = {
  read(environment) {
    const host = hostVariable.read(environment);
    const auth = authVariable.read(environment);
    const faults = [host, auth].flatMap((result) => (result.kind === 'faulty' ? result.faults : []));
    const isOpen = auth.kind === 'value' && auth.value === 'none';
    if (host.kind === 'value' && !isOpen && !isLoopback(host.value)) faults.push(beyondLoopback(host.value));
    return host.kind === 'value' && faults.length === 0 ? host : faulty(...faults);
  },
};

const beyondLoopback = (host: string): SettingFault => ({
  variable: 'HOST',
  rule: 'be a loopback address, unless AUTH=none allows anyone who can reach this service to use it',
  received: quoted(host),
});

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
