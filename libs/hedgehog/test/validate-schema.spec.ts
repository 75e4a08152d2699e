import { describe, expect, it } from 'vitest';
import { AGENT_WATCH, GATEWAY_AGENT_WATCH, READ_ONLY_KINDS, normalise, validateSchema } from '../src/index.ts';
import type { JsonObject } from '../src/index.ts';

const faults = (kind: string, spec: JsonObject): string[] => validateSchema(kind, spec).map((finding) => `${finding.rule} ${finding.field}`);

describe('validateSchema', () => {
  it('refuses unknown fields and names the right one', () => {
    expect(validateSchema('VPC', { subnets: { a: { subnet: '10.0.1.0/24', VLAN: 7 } } })).toEqual([
      {
        rule: 'schema-unknown-field',
        severity: 'error',
        field: 'spec.subnets.a.VLAN',
        message: 'spec.subnets.a.VLAN is not a field of this kind',
        remedy: 'Write vlan: names are case-sensitive',
      },
    ]);
    expect(faults('SwitchGroup', { description: 'x' })).toEqual(['schema-unknown-field spec.description']);
  });

  it('lists the known fields beside an unknown one', () => {
    expect(validateSchema('VPCAttachment', { vpc: 'a' })[0]?.remedy).toBe('Remove it, or use one of subnet, connection, nativeVLAN');
  });

  it('names a missing field by its path', () => {
    const acl = { statements: [{ seq: 10, action: 'permit', protocol: 'ip', srcPrefix: 'any' }] };
    expect(faults('ExternalAttachment', { switch: {}, neighbor: {}, inboundACL: acl })).toEqual(['schema-required spec.inboundACL.statements[seq=10].dstPrefix']);
    expect(faults('Switch', {})).toEqual(['schema-required spec.role']);
  });

  it('explains types, choices, ranges, lengths and forms', () => {
    expect(validateSchema('VPC', { subnets: { a: { vlan: '7' } } })[0]).toMatchObject({ message: 'spec.subnets.a.vlan is a text, not a whole number', remedy: 'Write a whole number' });
    expect(validateSchema('Switch', { role: 'leaf' })[0]?.remedy).toBe('Use one of "spine", "server-leaf", "border-leaf", "mixed-leaf", "virtual-edge"');
    expect(validateSchema('Switch', { role: 'spine', linkFlapErrDisable: { flapThreshold: 51 } })[0]).toMatchObject({ rule: 'schema-range', remedy: 'Use a number up to 50' });
    expect(validateSchema('IPv4Namespace', { subnets: [] })[0]).toMatchObject({ rule: 'schema-length', remedy: 'Give at least 1' });
    const links = [{ spine: { port: 'a/E1/1', ip: '300.0.0.1/31' }, leaf: { port: 'b/E1/1' } }];
    expect(faults('Connection', { fabric: { links } })).toEqual(['schema-pattern spec.fabric.links[spine.port=a/E1/1,leaf.port=b/E1/1].spine.ip']);
  });

  it('takes an ASN of four bytes', () => {
    expect(faults('Switch', { role: 'spine', asn: 4_200_000_000 })).toEqual([]);
    expect(faults('Switch', { role: 'spine', asn: 2 ** 33 })).toHaveLength(1);
  });

  it('takes what the webhook completes once it is normalised', () => {
    const spec = { external: 'e', connection: 'c', static: { remoteIP: '10.0.0.1', proxy: true } };
    const object = normalise({ apiVersion: 'vpc.githedgehog.com/v1beta1', kind: 'ExternalAttachment', metadata: { name: 'x' }, spec });
    expect(faults('ExternalAttachment', spec)).toHaveLength(2);
    expect(faults('ExternalAttachment', object.spec)).toEqual([]);
  });

  it('says nothing of kinds without a schema', () => expect(faults('Agent', { anything: 1 })).toEqual([]));
});

describe('what the watch passes on of agents', () => {
  it('leaves passwords, keys and counters in the cluster', () => {
    const fields = [...(AGENT_WATCH.projection ?? []), ...(GATEWAY_AGENT_WATCH.projection ?? [])];
    expect(fields.length).toBeGreaterThan(20);
    for (const field of fields) expect(field).not.toMatch(/^spec$|^status$|users|version\.|config|alloy|^status\.state(\.\w+)?(\.\*)*$|counters|catalog/i);
    for (const { kind, watch } of READ_ONLY_KINDS) expect(watch.projection, kind).not.toBeNull();
  });
});
