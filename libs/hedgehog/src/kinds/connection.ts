import type { Claim } from '../claim.ts';
import { parseCidr } from '../net/ipv4.ts';
import { foldPortAlias, parseDevicePort } from '../net/device-port.ts';
import type { Reference } from '../reference.ts';
import type { NormalisedObject } from '../resource-object.ts';
import { textAt } from '../spec-reader.ts';
import { addressClaim } from './address-claims.ts';
import { CONNECTION_TYPES, connectionEnds } from './connection-ends.ts';
import { connectionSpec } from './connection-schema.ts';
import { AGE, RANK, WIRING, column, userKind } from './user-kind.ts';

export const connection = userKind({
  ...WIRING,
  kind: 'Connection',
  plural: 'connections',
  shortNames: ['conn'],
  description: 'Cables between switches, servers, gateways and outside devices',
  rank: RANK.cabling,
  spec: connectionSpec,
  printerColumns: [column('Type', '.metadata.labels.fabric\\.githedgehog\\.com/connection-type'), AGE],
  references: connectionReferences,
  claims: connectionClaims,
  immutable: [
    ...CONNECTION_TYPES.map((type) => ({
      path: `spec.${type}`,
      what: 'presence' as const,
      onChange: 'replace' as const,
      reason: 'The type of a Connection cannot change',
    })),
    {
      path: 'spec.staticExternal.withinVPC',
      what: 'value',
      onChange: 'replace',
      reason: 'The VPC of a static external Connection cannot change',
    },
  ],
  carriedBy: { agentKind: 'Agent', path: 'spec.connections' },
});

function connectionReferences({ spec }: NormalisedObject): Reference[] {
  const ports = connectionEnds(spec).flatMap((end): Reference[] => {
    const parsed = parseDevicePort(end.port);
    return parsed ? [{ field: end.field, toKind: end.deviceKind, toName: parsed.device, toPart: parsed.port }] : [];
  });
  const within = textAt(spec, 'staticExternal', 'withinVPC');
  return within ? [...ports, { field: 'spec.staticExternal.withinVPC', toKind: 'VPC', toName: within }] : ports;
}

function connectionClaims({ spec }: NormalisedObject): Claim[] {
  return connectionEnds(spec).flatMap((end): Claim[] => {
    const parsed = parseDevicePort(end.port);
    const port = parsed && (end.deviceKind === 'Switch' ? foldPortAlias(parsed.port) : parsed.port);
    return [
      ...(parsed ? [{ space: 'port', field: end.field, value: `${parsed.device}/${port}` }] : []),
      ...(parseCidr(end.ip) ? addressClaim(spec.staticExternal === undefined ? 'link-ip' : 'external-ip', end.ipField, end.ip) : []),
    ];
  });
}
