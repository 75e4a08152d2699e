import type { Claim } from '../claim.ts';
import type { Reference } from '../reference.ts';
import type { JsonObject, NormalisedObject } from '../resource-object.ts';
import { numberAt, textAt, textsAt } from '../spec-reader.ts';
import { addressClaim, rangeClaims } from './address-claims.ts';
import { externalAttachmentSpec, externalSpec } from './external-schema.ts';
import { AGE, RANK, column, userKind } from './user-kind.ts';

const categories = ['hedgehog', 'fabric', 'external'];

export const external = userKind({
  kind: 'External',
  plural: 'externals',
  shortNames: ['ext'],
  categories,
  description: 'A network outside the fabric, reached by BGP or by static routes',
  rank: RANK.network,
  spec: externalSpec,
  printerColumns: [
    column('IPv4NS', '.spec.ipv4Namespace'),
    column('InComm', '.spec.inboundCommunity'),
    column('OutComm', '.spec.outboundCommunity'),
    AGE,
  ],
  applyDefaults: (spec) => {
    spec.ipv4Namespace ||= 'default';
  },
  references: ({ spec }) => {
    const name = textAt(spec, 'ipv4Namespace');
    return name ? [{ field: 'spec.ipv4Namespace', toKind: 'IPv4Namespace', toName: name }] : [];
  },
  claims: ({ spec }) => rangeClaims('external-prefix', 'spec.static.prefixes', textsAt(spec, 'static', 'prefixes')),
  carriedBy: { agentKind: 'Agent', path: 'spec.externals' },
});

export const externalAttachment = userKind({
  kind: 'ExternalAttachment',
  plural: 'externalattachments',
  shortNames: ['extattach'],
  categories,
  description: 'Puts an External on a switch port',
  rank: RANK.attachment,
  spec: externalAttachmentSpec,
  specRequired: true,
  printerColumns: [
    column('External', '.spec.external'),
    column('Connection', '.spec.connection'),
    column('SwVLAN', '.spec.switch.vlan', 1),
    column('SwIP', '.spec.switch.ip', 1),
    column('NeighASN', '.spec.neighbor.asn', 1),
    column('NeighIP', '.spec.neighbor.ip', 1),
    AGE,
  ],
  applyDefaults: defaultAttachment,
  references: attachmentReferences,
  claims: attachmentClaims,
  carriedBy: { agentKind: 'Agent', path: 'spec.externalAttachments' },
});

function defaultAttachment(spec: JsonObject): void {
  spec.switch ??= {};
  spec.neighbor ??= {};
}

function attachmentReferences({ spec }: NormalisedObject): Reference[] {
  const references: Reference[] = [];
  const name = textAt(spec, 'external');
  const connection = textAt(spec, 'connection');
  if (name) references.push({ field: 'spec.external', toKind: 'External', toName: name });
  if (connection) references.push({ field: 'spec.connection', toKind: 'Connection', toName: connection });
  return references;
}

/** The VLAN of the subinterface, 0 where the port is untagged, and the field that says so; who is on the other side. */
function attachmentClaims({ spec }: NormalisedObject): Claim[] {
  const connection = textAt(spec, 'connection');
  if (!connection) return [];
  const side = spec.static === undefined ? 'switch' : 'static';
  const vlan = numberAt(spec, side, 'vlan') ?? 0;
  const asn = numberAt(spec, 'neighbor', 'asn');
  const addresses = [['switch', 'ip'], ['neighbor', 'ip'], ['static', 'remoteIP'], ['static', 'ip']] as const;
  return [
    { space: `external-vlan:${connection}`, field: `spec.${side}.vlan`, value: String(vlan) },
    ...(asn ? [{ space: 'neighbor-asn', field: 'spec.neighbor.asn', value: String(asn) }] : []),
    ...addresses.flatMap(([part, field]) => addressClaim('external-ip', `spec.${part}.${field}`, textAt(spec, part, field))),
  ];
}
