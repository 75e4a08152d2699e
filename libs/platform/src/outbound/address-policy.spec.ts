import { describe, expect, it } from 'vitest';
import { addressPolicy } from './address-policy.ts';

describe('addressPolicy', () => {
  it.each([
    ['false', '93.184.215.14', true], ['false', '10.0.0.1', false], ['false', '127.0.0.1', false], ['false', '::1', false], ['false', '169.254.169.254', false],
    ['true', '10.0.0.1', true], ['true', '127.0.0.1', true], ['true', '169.254.169.254', false], ['true', '0.0.0.0', false], ['true', 'fd00::1', true],
    ['10.1.0.0/16', '10.1.2.3', true], ['10.1.0.0/16', '10.2.0.1', false], ['10.1.0.0/16', '::ffff:10.1.2.3', true], ['false', '::ffff:127.0.0.1', false],
    ['10.1.0.0/16', '8.8.8.8', true], ['false', 'not an address', false],
  ])('with %s answers %s with %s', (setting, address, allowed) => {
    expect(addressPolicy(setting).allows(address)).toBe(allowed);
  });
});
