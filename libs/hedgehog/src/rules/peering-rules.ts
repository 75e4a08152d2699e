import { fieldPath } from '../field-path.ts';
import { vpcPeeringSides } from '../kinds/peerings.ts';
import { formatCidr, overlaps, parseCidr } from '../net/ipv4.ts';
import { isJsonObject } from '../resource-object.ts';
import type { JsonObject } from '../resource-object.ts';
import { listAt, textAt, textsAt } from '../spec-reader.ts';
import { hitIf } from './rule.ts';
import type { Rule } from './rule.ts';

const external = { permit: { vpc: { name: 'vpc-1', subnets: ['default'] }, external: { name: 'ext-1', prefixes: [{ prefix: '0.0.0.0/0' }] } } };
const permitting = (...prefixes: string[]): JsonObject => ({ permit: { ...external.permit, external: { name: 'ext-1', prefixes: prefixes.map((prefix) => ({ prefix })) } } });
const routing = { kind: 'External', name: 'ext-1', spec: { static: { prefixes: ['10.0.0.0/8'] } } };

export const peeringRules: readonly Rule[] = [
  {
    id: 'vpc-peering-sides',
    kinds: ['VPCPeering'],
    severity: 'error',
    text: 'A VPCPeering is between exactly two VPCs, and each of its permits names both',
    remedy: 'Name the same two VPCs in each permit',
    check: ({ spec }) => {
      const sides = vpcPeeringSides(spec);
      const permits = listAt(spec, 'permit');
      return [
        ...hitIf(sides.length !== 2, 'spec.permit', `There are ${sides.length} VPCs: ${sides.join(', ')}`),
        ...permits.flatMap((permit, index) => hitIf(isJsonObject(permit) && Object.keys(permit).length !== 2, fieldPath('spec', 'permit', index), 'A permit names exactly two VPCs')),
      ];
    },
    good: [{ spec: { permit: [{ 'vpc-1': {}, 'vpc-2': {} }, { 'vpc-1': { subnets: ['a'] }, 'vpc-2': {} }] } }],
    bad: [{ spec: {} }, { spec: { permit: [{ 'vpc-1': {} }] } }, { spec: { permit: [{ 'vpc-1': {}, 'vpc-2': {} }, { 'vpc-1': {}, 'vpc-3': {} }] } }],
  },
  {
    id: 'vpc-peering-remote',
    kinds: ['VPCPeering'],
    severity: 'error',
    text: 'Remote peering is not supported any more',
    remedy: 'Remove remote',
    check: ({ spec }) => hitIf(spec.remote !== undefined, 'spec.remote', 'remote is set'),
    good: [{ spec: { permit: [{ 'vpc-1': {}, 'vpc-2': {} }] } }],
    bad: [{ spec: { remote: 'border', permit: [{ 'vpc-1': {}, 'vpc-2': {} }] } }],
  },
  {
    id: 'external-peering-sides',
    kinds: ['ExternalPeering'],
    severity: 'error',
    text: 'An ExternalPeering names a VPC and an External',
    remedy: 'Give permit.vpc.name and permit.external.name',
    check: ({ spec }) =>
      ['vpc', 'external'].flatMap((side) => hitIf(textAt(spec, 'permit', side, 'name') === undefined, `spec.permit.${side}.name`, `There is no ${side}`)),
    good: [{ spec: external }],
    bad: [{ spec: { permit: { ...external.permit, vpc: { subnets: ['default'] } } } }, { spec: { permit: { ...external.permit, external: { prefixes: [{ prefix: '0.0.0.0/0' }] } } } }],
  },
  {
    id: 'external-peering-empty',
    kinds: ['ExternalPeering'],
    severity: 'warning',
    text: 'An ExternalPeering lists subnets of the VPC and prefixes of the External: without them nothing passes',
    remedy: 'Give permit.vpc.subnets and permit.external.prefixes',
    check: ({ spec }) => [
      ...hitIf(textsAt(spec, 'permit', 'vpc', 'subnets').length === 0, 'spec.permit.vpc.subnets', 'There is no subnet'),
      ...hitIf(listAt(spec, 'permit', 'external', 'prefixes').length === 0, 'spec.permit.external.prefixes', 'There is no prefix'),
    ],
    good: [{ spec: external }],
    bad: [{ spec: { permit: { ...external.permit, external: { name: 'ext-1' } } } }],
  },
  {
    id: 'external-peering-prefixes',
    kinds: ['ExternalPeering'],
    severity: 'error',
    text: 'The prefixes of an ExternalPeering are CIDRs',
    remedy: 'Write network/length; 0.0.0.0/0 for everything',
    check: ({ spec }) =>
      listAt(spec, 'permit', 'external', 'prefixes').flatMap((entry) => {
        const prefix = textAt(entry, 'prefix') ?? '';
        return hitIf(!parseCidr(prefix), fieldPath('spec', 'permit', 'external', 'prefixes', { prefix }), `${prefix || 'Nothing'} is no CIDR`);
      }),
    good: [{ spec: external }],
    bad: [{ spec: { permit: { ...external.permit, external: { name: 'ext-1', prefixes: [{ prefix: 'any' }] } } } }],
  },
  {
    id: 'external-peering-prefix-doubtful',
    kinds: ['ExternalPeering'],
    severity: 'warning',
    text: 'The prefixes of an ExternalPeering have no host bits, do not overlap save the default route, and are among those of a static External',
    remedy: 'Hedgehog lets it pass; write each network once, and only what the External routes',
    check: ({ spec }, { lookup }) => {
      const routed = textsAt(lookup?.get('External', textAt(spec, 'permit', 'external', 'name') ?? '')?.spec, 'static', 'prefixes').flatMap((text) => parseCidr(text) ?? []);
      const prefixes = listAt(spec, 'permit', 'external', 'prefixes').map((entry) => textAt(entry, 'prefix') ?? '').flatMap((text) => {
        const cidr = parseCidr(text);
        return cidr ? [{ text, cidr }] : [];
      });
      return prefixes.flatMap(({ text, cidr }, index) => {
        const field = fieldPath('spec', 'permit', 'external', 'prefixes', { prefix: text });
        const other = prefixes.slice(0, index).find((earlier) => overlaps(cidr, earlier.cidr) && (earlier.cidr.prefix === 0) === (cidr.prefix === 0));
        return [
          ...hitIf(cidr.address !== cidr.first, field, `${text} has host bits`, `Write ${formatCidr(cidr)}`),
          ...hitIf(other !== undefined, field, `${text} overlaps ${other?.text}`),
          ...hitIf(routed.length > 0 && !routed.some((route) => overlaps(route, cidr)), field, `${text} is routed by no prefix of the External`),
        ];
      });
    },
    good: [{ spec: external }, { spec: permitting('0.0.0.0/0', '10.0.0.0/8') }, { spec: permitting('10.1.0.0/16'), beside: [routing] }],
    bad: [{ spec: permitting('10.0.0.1/8') }, { spec: permitting('10.0.0.0/8', '10.1.0.0/16') }, { spec: permitting('10.1.0.0/16', '10.1.0.0/16') }, { spec: permitting('192.168.0.0/16'), beside: [routing] }],
  },
];
