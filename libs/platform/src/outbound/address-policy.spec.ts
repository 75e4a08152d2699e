import { describe, expect, it } from 'vitest';
import { addressPolicy } from './address-policy.ts';

describe('addressPolicy', () => {
  it.each([
    ['false', '93.184.215.14', true], ['false', '10.0.0.1', false], ['false', '127.0.0.1', false], ['false', '::1', false], ['false', '169.254.169.254', false],
    ['true', '10.0.0.1', true], ['true', '127.0.0.1', true], ['true', '169.254.169.254', false], ['true', '0.0.0.0', false], ['true', 'fd00::1', true],
    ['10.1.0.0/16', '10.1.2.3', true], ['10.1.0.0/16', '10.2.0.1', false], ['10.1.0.0/16', '::ffff:10.1.2.3', true], ['false', '::ffff:127.0.0.1', false],
    ['false', '::7f00:1', false], ['false', '::10.0.0.1', false], ['true', '::1', true], ['false', '64:ff9b::7f00:1', false], ['true', '64:ff9b:1::7f00:1', false],
    ['false', '2002:7f00:1::', false], ['false', 'fe80::1', false], ['false', 'fec0::1', false], ['false', '::', false], ['true', '::', false],
    ['true', 'fd00:ec2::254', false], ['true', '100.100.100.200', false], ['fd00:ec2::254/128', 'fd00:ec2::254', true], ['true', '100.64.0.1', true],
    ['false', '2001:db8::1', false], ['false', '2606:4700::1111', true],
    ['10.1.0.0/16', '8.8.8.8', true], ['false', 'not an address', false],
  ])('with %s answers %s with %s', (setting, address, allowed) => {
    expect(addressPolicy(setting).allows(address)).toBe(allowed);
  });
});
