import type { Claim } from '../claim.ts';
import { fieldPath } from '../field-path.ts';
import { parseMac } from '../net/mac.ts';
import type { Reference } from '../reference.ts';
import { isJsonObject } from '../resource-object.ts';
import type { JsonObject, NormalisedObject } from '../resource-object.ts';
import { object } from '../schema/schema-node.ts';
import { entriesAt, listAt, numberAt, objectAt, textAt, textsAt } from '../spec-reader.ts';
import { addressClaim } from './address-claims.ts';
import { gatewaySpec } from './gateway-schema.ts';
import { AGE, GATEWAY, RANK, column, userKind } from './user-kind.ts';

const LOG_LEVEL = 'info';
const WORKERS = 4;

export const gatewayGroup = userKind({
  ...GATEWAY,
  kind: 'GatewayGroup',
  plural: 'gatewaygroups',
  shortNames: ['gwgr'],
  description: 'Gateways that stand in for each other; it has no fields',
  rank: RANK.pool,
  spec: object({}, { description: 'Has no fields' }),
  printerColumns: [],
});

export const gateway = userKind({
  ...GATEWAY,
  kind: 'Gateway',
  plural: 'gateways',
  shortNames: ['gw'],
  description: 'A node that does address translation and filtering between VPCs',
  rank: RANK.device,
  spec: gatewaySpec,
  printerColumns: [
    column('ProtoIP', '.spec.protocolIP'),
    column('VTEPIP', '.spec.vtepIP'),
    column('Groups', '.spec.groups', 1),
    AGE,
  ],
  applyDefaults: defaultGateway,
  references: gatewayReferences,
  claims: gatewayClaims,
  carriedBy: { agentKind: 'GatewayAgent', path: 'spec.gateway', single: true },
});

function defaultGateway(spec: JsonObject): void {
  if (spec.logs === undefined || spec.logs === null) spec.logs = {};
  const logs = objectAt(spec, 'logs');
  if (logs) {
    logs.default ||= LOG_LEVEL;
    if (Object.keys(objectAt(logs, 'tags') ?? {}).length === 0 && (!logs.tags || isJsonObject(logs.tags))) logs.tags = { all: LOG_LEVEL };
  }
  spec.workers ||= WORKERS;
  if (!spec.groups || (Array.isArray(spec.groups) && spec.groups.length === 0)) spec.groups = [{ name: 'default' }];
}

function gatewayReferences({ spec }: NormalisedObject): Reference[] {
  return listAt(spec, 'groups').flatMap((group): Reference[] => {
    const name = textAt(group, 'name');
    return name ? [{ field: fieldPath('spec', 'groups', { name }, 'name'), toKind: 'GatewayGroup', toName: name }] : [];
  });
}

function gatewayClaims({ spec }: NormalisedObject): Claim[] {
  const mac = parseMac(spec.vtepMAC);
  const asn = numberAt(spec, 'asn');
  return [
    ...addressClaim('protocol-ip', 'spec.protocolIP', spec.protocolIP),
    ...addressClaim('vtep-ip', 'spec.vtepIP', spec.vtepIP),
    ...(asn ? [{ space: 'gateway-asn', field: 'spec.asn', value: String(asn) }] : []),
    ...entriesAt(spec, 'interfaces').flatMap(([name, body]) => textsAt(body, 'ips').flatMap((ip) => addressClaim('interface-ip', fieldPath('spec', 'interfaces', name, 'ips'), ip))),
    ...(mac ? [{ space: 'vtep-mac', field: 'spec.vtepMAC', value: mac }] : []),
  ];
}
