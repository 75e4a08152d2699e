import type { Claim } from '../claim.ts';
import { fieldPath } from '../field-path.ts';
import type { Reference } from '../reference.ts';
import { isJsonObject } from '../resource-object.ts';
import type { Json, JsonObject, NormalisedObject } from '../resource-object.ts';
import { entriesAt, listAt, objectAt, textAt, textsAt } from '../spec-reader.ts';
import { externalPeeringSpec, vpcPeeringSpec } from './external-schema.ts';
import { gatewayPeeringSpec } from './gateway-schema.ts';
import { AGE, GATEWAY, RANK, column, userKind } from './user-kind.ts';

/** What marks an External among the sides of a gateway peering. */
export const EXTERNAL_SIDE_PREFIX = 'ext.';
const IDLE_TIMEOUT = '2m0s';

export const vpcPeering = userKind({
  kind: 'VPCPeering',
  plural: 'vpcpeerings',
  shortNames: ['vpcpeer'],
  description: 'Lets two VPCs talk to each other inside the fabric',
  rank: RANK.peering,
  spec: vpcPeeringSpec,
  printerColumns: [
    column('VPC1', '.metadata.labels.fabric\\.githedgehog\\.com/vpc1'),
    column('VPC2', '.metadata.labels.fabric\\.githedgehog\\.com/vpc2'),
    column('Remote', '.spec.remote'),
    AGE,
  ],
  references: vpcPeeringReferences,
  claims: ({ spec }) => pairClaim('spec.permit', vpcPeeringSides(spec)),
  carriedBy: { agentKind: 'Agent', path: 'spec.vpcPeers' },
});

export const externalPeering = userKind({
  kind: 'ExternalPeering',
  plural: 'externalpeerings',
  shortNames: ['extpeering', 'extpeer'],
  categories: ['hedgehog', 'fabric', 'external'],
  description: 'Lets a VPC talk to an External',
  rank: RANK.peering,
  spec: externalPeeringSpec,
  printerColumns: [
    column('VPC', '.spec.permit.vpc.name'),
    column('VPCSubnets', '.spec.permit.vpc.subnets', 1),
    column('External', '.spec.permit.external.name'),
    column('ExtPrefixes', '.spec.permit.external.prefixes', 1),
    AGE,
  ],
  references: externalPeeringReferences,
  carriedBy: { agentKind: 'Agent', path: 'spec.externalPeerings' },
});

export const gatewayPeering = userKind({
  ...GATEWAY,
  kind: 'GatewayPeering',
  plural: 'gatewaypeerings',
  shortNames: ['gwpeer'],
  description: 'Lets two VPCs, or a VPC and an External, talk through a gateway',
  rank: RANK.peering,
  spec: gatewayPeeringSpec,
  printerColumns: [column('GatewayGroup', '.spec.gatewayGroup'), AGE],
  applyDefaults: defaultGatewayPeering,
  references: gatewayPeeringReferences,
  claims: ({ spec }) => pairClaim('spec.peering', Object.keys(objectAt(spec, 'peering') ?? {})),
  carriedBy: { agentKind: 'GatewayAgent', path: 'spec.peerings' },
});

/** The distinct VPCs that the permit lists of a VPCPeering name, sorted. */
export function vpcPeeringSides(spec: JsonObject): string[] {
  const names = listAt(spec, 'permit').flatMap((permit) => (isJsonObject(permit) ? Object.keys(permit) : []));
  return [...new Set(names)].toSorted();
}

function pairClaim(field: string, sides: string[]): Claim[] {
  return sides.length === 2 ? [{ space: 'peered-pair', field, value: sides.toSorted().join(' and ') }] : [];
}

function vpcPeeringReferences({ spec }: NormalisedObject): Reference[] {
  return listAt(spec, 'permit').flatMap((permit, index) =>
    Object.entries(isJsonObject(permit) ? permit : {}).flatMap(([name, side]): Reference[] => [
      { field: fieldPath('spec', 'permit', index, name), toKind: 'VPC', toName: name },
      ...textsAt(side, 'subnets').map((subnet) => ({
        field: fieldPath('spec', 'permit', index, name, 'subnets'),
        toKind: 'VPC',
        toName: name,
        toPart: subnet,
      })),
    ]),
  );
}

function externalPeeringReferences({ spec }: NormalisedObject): Reference[] {
  const references: Reference[] = [];
  const vpc = textAt(spec, 'permit', 'vpc', 'name');
  const external = textAt(spec, 'permit', 'external', 'name');
  if (vpc) {
    references.push({ field: 'spec.permit.vpc.name', toKind: 'VPC', toName: vpc });
    for (const subnet of textsAt(spec, 'permit', 'vpc', 'subnets')) {
      references.push({ field: 'spec.permit.vpc.subnets', toKind: 'VPC', toName: vpc, toPart: subnet });
    }
  }
  if (external) references.push({ field: 'spec.permit.external.name', toKind: 'External', toName: external });
  return references;
}

function defaultGatewayPeering(spec: JsonObject): void {
  spec.gatewayGroup ||= 'default';
  for (const [, side] of entriesAt(spec, 'peering')) {
    for (const expose of listAt(side, 'expose')) {
      for (const way of ['masquerade', 'portForward']) {
        const nat = objectAt(expose, 'nat', way);
        if (nat) nat.idleTimeout ||= IDLE_TIMEOUT;
      }
    }
  }
  const acl = objectAt(spec, 'acl');
  if (!acl) return;
  acl.default ||= 'deny-unless-exposed';
  for (const rule of listAt(acl, 'rules')) if (isJsonObject(rule)) rule.scope ||= 'flow';
}

function gatewayPeeringReferences({ spec }: NormalisedObject): Reference[] {
  const references: Reference[] = [];
  const group = textAt(spec, 'gatewayGroup');
  if (group) references.push({ field: 'spec.gatewayGroup', toKind: 'GatewayGroup', toName: group });
  const sides = Object.keys(objectAt(spec, 'peering') ?? {});
  for (const side of sides) references.push(sideReference(side));
  for (const [side, entry] of entriesAt(spec, 'peering')) references.push(...exposedSubnets(side, entry));
  listAt(spec, 'acl', 'rules').forEach((rule, index) => references.push(...matchedSubnets(rule, index, sides)));
  return references;
}

function sideReference(side: string): Reference {
  const field = fieldPath('spec', 'peering', side);
  return side.startsWith(EXTERNAL_SIDE_PREFIX)
    ? { field, toKind: 'External', toName: side.slice(EXTERNAL_SIDE_PREFIX.length) }
    : { field, toKind: 'VPC', toName: side };
}

function exposedSubnets(side: string, entry: JsonObject): Reference[] {
  if (side.startsWith(EXTERNAL_SIDE_PREFIX)) return [];
  return listAt(entry, 'expose').flatMap((expose, at) =>
    listAt(expose, 'ips').flatMap((ip, index): Reference[] => {
      const subnet = textAt(ip, 'vpcSubnet');
      const field = fieldPath('spec', 'peering', side, 'expose', at, 'ips', index, 'vpcSubnet');
      return subnet ? [{ field, toKind: 'VPC', toName: side, toPart: subnet }] : [];
    }),
  );
}

function matchedSubnets(rule: Json, at: number, sides: string[]): Reference[] {
  const other = (side: string | undefined): string | undefined => (side ? sides.find((name) => name !== side) : undefined);
  const from = textAt(rule, 'from') ?? other(textAt(rule, 'to'));
  const to = textAt(rule, 'to') ?? other(textAt(rule, 'from'));
  const ends = [
    ['src', from],
    ['dst', to],
  ] as const;
  return ends.flatMap(([end, side]) =>
    listAt(rule, 'match', end).flatMap((match, index): Reference[] => {
      const subnet = textAt(match, 'vpcSubnet');
      if (!subnet || !side || side.startsWith(EXTERNAL_SIDE_PREFIX)) return [];
      const field = fieldPath('spec', 'acl', 'rules', at, 'match', end, index, 'vpcSubnet');
      return [{ field, toKind: 'VPC', toName: side, toPart: subnet }];
    }),
  );
}
