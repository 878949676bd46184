import type { Environment } from '#config';
import { SECOND } from '#core';
import { AddressGuard } from '#egress';
import { testConfig } from './test-config.js';

/** Only read for where it is. */
const NO_DATABASE = 'postgres://nobody@127.0.0.1:1/none';

/** The address guard as a process of a test has it: loopback open on every port, unless `more` says otherwise. Close it if it resolves names. */
export function testGuard(more: Environment = {}, dnsTimeoutMs = 5 * SECOND): AddressGuard {
  return new AddressGuard(testConfig(NO_DATABASE, undefined, more), dnsTimeoutMs);
}
