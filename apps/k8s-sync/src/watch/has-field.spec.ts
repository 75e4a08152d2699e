import { describe, expect, it } from 'vitest';
import { hasField } from './has-field.ts';

const VPC = { group: 'vpc.githedgehog.com', version: 'v1beta1', kind: 'VPC' };
const subnet = { type: 'object', properties: { vlan: { type: 'integer' }, routes: { type: 'array', items: { type: 'object', properties: { prefix: { type: 'string' } } } } } };
const document = {
  components: { schemas: {
    'io.k8s.List': { 'x-kubernetes-group-version-kind': [{ ...VPC, kind: 'VPCList' }], properties: { items: { type: 'array' } } },
    'com.githedgehog.vpc.v1beta1.VPC': { 'x-kubernetes-group-version-kind': [VPC], properties: { spec: { properties: { subnets: { type: 'object', additionalProperties: subnet } } } } },
  } },
};

describe('hasField', () => {
  it.each([
    ['spec', true], ['spec.subnets.*.vlan', true], ['spec.subnets.*.routes.*.prefix', true],
    ['spec.subnets.*.hostBGPMinPrefixLen', false], ['spec.subnets.vlan', false], ['spec.mode.*', false], ['status', false],
  ])('finds %s: %s', (path, found) => {
    expect(hasField(document, VPC, path)).toBe(found);
  });

  it.each([[undefined], [{}], ['text'], [{ components: { schemas: { x: null } } }], [document]])('says nothing where the kind is not described: %j', (given) => {
    expect(hasField(given, { ...VPC, kind: given === document ? 'VPCAttachment' : 'VPC' }, 'spec')).toBeUndefined();
  });
});
