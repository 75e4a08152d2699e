import { fieldPath } from '../field-path.ts';
import { listAt, numberAt, textsAt } from '../spec-reader.ts';
import { rangeClaims } from './address-claims.ts';
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
  claims: ({ spec }) => rangeClaims('pool', 'spec.subnets', textsAt(spec, 'subnets')),
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
  claims: ({ spec }) =>
    listAt(spec, 'ranges').flatMap((range) => {
      const [from, to] = [numberAt(range, 'from'), numberAt(range, 'to')];
      return from === undefined || to === undefined || from > to ? [] : [{ space: 'vlan-range', field: fieldPath('spec', 'ranges', { from, to }), from, to, text: `${from}-${to}` }];
    }),
  carriedBy: { agentKind: 'Agent', path: 'spec.vlanNamespaces' },
});
