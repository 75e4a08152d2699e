import type { Claim } from '../claim.ts';
import type { Reference } from '../reference.ts';
import type { NormalisedObject } from '../resource-object.ts';
import { bool, object, str } from '../schema/schema-node.ts';
import { textAt } from '../spec-reader.ts';
import { AGE, RANK, column, userKind } from './user-kind.ts';

export const vpcAttachment = userKind({
  kind: 'VPCAttachment',
  plural: 'vpcattachments',
  shortNames: ['vpcattach'],
  description: 'Puts a subnet of a VPC on a server connection',
  rank: RANK.attachment,
  spec: object(
    {
      subnet: str('The subnet as vpc/subnet, such as vpc-1/default'),
      connection: str('Connection to the server'),
      nativeVLAN: bool('Send the subnet untagged'),
    },
    { description: 'Desired state of the VPCAttachment' },
  ),
  printerColumns: [
    column('VPCSUBNET', '.spec.subnet'),
    column('Connection', '.spec.connection'),
    column('NativeVLAN', '.spec.nativeVLAN'),
    AGE,
  ],
  applyDefaults: (spec) => {
    const subnet = textAt(spec, 'subnet');
    if (subnet && !subnet.includes('/')) spec.subnet = `${subnet}/default`;
  },
  references: attachmentReferences,
  claims: attachmentClaims,
  carriedBy: { agentKind: 'Agent', path: 'spec.vpcAttachments' },
});

function attachmentReferences({ spec }: NormalisedObject): Reference[] {
  const references: Reference[] = [];
  const [vpc, subnet] = (textAt(spec, 'subnet') ?? '').split('/', 2);
  if (vpc) references.push({ field: 'spec.subnet', toKind: 'VPC', toName: vpc, ...(subnet ? { toPart: subnet } : {}) });
  const connection = textAt(spec, 'connection');
  if (connection) references.push({ field: 'spec.connection', toKind: 'Connection', toName: connection });
  return references;
}

function attachmentClaims({ spec }: NormalisedObject): Claim[] {
  const subnet = textAt(spec, 'subnet');
  const connection = textAt(spec, 'connection');
  if (!subnet || !connection) return [];
  return [
    { space: `attached-subnet:${connection}`, field: 'spec.subnet', value: subnet },
    ...(spec.nativeVLAN === true ? [{ space: 'native-vlan', field: 'spec.nativeVLAN', value: connection }] : []),
  ];
}
