import { ipv4NamespaceSpec, vlanNamespaceSpec } from './namespace-schema.ts';
import { AGE, RANK, WIRING, column, userKind } from './user-kind.ts';

export const ipv4Namespace = userKind({
  kind: 'IPv4Namespace',
  plural: 'ipv4namespaces',
  shortNames: ['ipns'],
  description: 'A pool of IPv4 subnets in which VPC subnets do not overlap',
  rank: RANK.pool,
  spec: ipv4NamespaceSpec,
  printerColumns: [column('Subnets', '.spec.subnets'), AGE],
  carriedBy: { agentKind: 'Agent', path: 'spec.ipv4Namespaces' },
});

export const vlanNamespace = userKind({
  ...WIRING,
  kind: 'VLANNamespace',
  plural: 'vlannamespaces',
  shortNames: ['vlanns'],
  description: 'Ranges of VLANs that VPC subnets use',
  rank: RANK.pool,
  spec: vlanNamespaceSpec,
  carriedBy: { agentKind: 'Agent', path: 'spec.vlanNamespaces' },
});
