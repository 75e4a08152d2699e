import { int, keyedBy, object, setOf, str } from '../schema/schema-node.ts';

export const ipv4NamespaceSpec = object(
  { subnets: setOf(str(), 'CIDRs that VPC subnets come from', { minItems: 1, maxItems: 20 }) },
  { description: 'Desired state of the IPv4Namespace' },
);

export const vlanNamespaceSpec = object(
  {
    ranges: keyedBy(['from', 'to'], object({ from: int('First VLAN'), to: int('Last VLAN') }), 'VLANs that VPC subnets use', {
      minItems: 1,
      maxItems: 20,
    }),
  },
  { description: 'Desired state of the VLANNamespace' },
);
