import { describe, expect, it } from 'vitest';
import { checkObject, contentHash, normalise, validateSchema } from '../src/index.ts';
import type { JsonObject, ResourceObject } from '../src/index.ts';

const vpc = (more: JsonObject): ResourceObject => ({ apiVersion: 'vpc.githedgehog.com/v1beta1', kind: 'VPC', metadata: { name: 'vpc-1' }, spec: { subnets: { a: { subnet: '10.0.1.0/24', ...more } } } });
const faults = (kind: string, spec: JsonObject, release?: '26.01' | '26.03') => validateSchema(kind, spec, release).map(({ rule, message, remedy }) => `${rule}: ${message}. ${remedy}`);

describe('a release', () => {
  it('names the release in which a newer field works', () => {
    const { spec } = normalise(vpc({ hostBGP: true, hostBGPMinPrefixLen: 28 }));
    expect(faults('VPC', spec, '26.01')).toEqual([
      'schema-other-release: spec.subnets.a.hostBGPMinPrefixLen is not a field of release 26.01, which the fabric runs; it works from release 26.03 on. Remove it; or, if the fabric does run 26.03, set the release of the fabric to that',
    ]);
    expect([faults('VPC', spec, '26.03'), faults('VPC', spec)]).toEqual([[], []]);
  });

  it('names the last release of a field that is gone', () => {
    const links = ['a', 'b'].map((nic) => ({ server: { port: `server-1/${nic}` }, switch: { port: `leaf-1/E1/${nic === 'a' ? 1 : 2}` } }));
    expect(faults('Connection', { mclag: { links } }, '26.03')[0]).toMatch(/mclag is not a field of release 26\.03.*works up to release 26\.01/);
    expect(faults('Connection', { mclag: { links } }, '26.01')).toEqual([]);
    expect(faults('VPCPeering', { remote: 'border', permit: [{ 'vpc-1': {}, 'vpc-2': {} }] }, '26.03')).toHaveLength(1);
  });

  it('checks bounds and unknown fields as ever', () => {
    expect(faults('VPC', { subnets: { a: { hostBGPMinPrefixLen: 99 } } }, '26.03')[0]).toMatch(/schema-range/);
    expect(faults('VPC', { subnets: { a: { hostBGPMin: 9 } } }, '26.01')[0]).toMatch(/^schema-unknown-field.*is not a field of this kind.*subnet, gateway, vlan, isolated, restricted, hostBGP, dhcp$/);
  });

  it('is asked for by the check of an object', () => {
    const object = normalise(vpc({ hostBGP: true, hostBGPExtraPrefixes: { x: { minPrefixLen: 30 } } }));
    expect(checkObject(object, { release: '26.01' }).map(({ rule, name }) => `${rule} ${name}`)).toEqual(['schema-other-release vpc-1']);
    expect(checkObject(object, { release: '26.03' })).toEqual([]);
  });

  it('has one normal form with the others', () => {
    expect(contentHash(normalise(vpc({ hostBGPMinPrefixLen: 0, hostBGPExtraPrefixes: {} })))).toBe(contentHash(normalise(vpc({}))));
  });
});
