import { reservedSubnets } from '../fabric-defaults.ts';
import type { FabricSettings } from '../fabric-defaults.ts';
import { fieldPath } from '../field-path.ts';
import { overlaps, parseCidr } from '../net/ipv4.ts';
import { listAt, numberAt, textsAt } from '../spec-reader.ts';
import type { JsonObject } from '../resource-object.ts';
import { hitIf } from './rule.ts';
import type { Rule, RuleHit } from './rule.ts';

/** The schema lets 20 pass, Hedgehog's webhook 10. */
const MOST_SUBNETS = 10;

export const namespaceRules: readonly Rule[] = [
  {
    id: 'ipv4-namespace-subnets',
    kinds: ['IPv4Namespace'],
    severity: 'error',
    text: `An IPv4Namespace has 1 to ${MOST_SUBNETS} CIDRs that overlap neither each other nor the fabric's own subnets`,
    remedy: 'Change or remove the subnet named',
    check: ({ spec }, { settings }) => poolHits(spec, settings),
    good: [{ spec: { subnets: ['10.0.0.0/16', '10.1.0.0/16'] } }],
    bad: [
      { spec: {} },
      { spec: { subnets: ['10.0.0.0/8', '10.1.0.0/16'] } },
      { spec: { subnets: ['172.16.0.0/12'] } },
      { spec: { subnets: ['10.0.0.0'] } },
      { spec: { subnets: Array.from({ length: 11 }, (_, at) => `10.${at}.0.0/16`) } },
    ],
  },
  {
    id: 'vlan-namespace-ranges',
    kinds: ['VLANNamespace'],
    severity: 'error',
    text: "The ranges of a VLANNamespace lie between 1 and 4094, do not overlap, and leave out the fabric's own VLANs",
    remedy: 'Change the range named',
    check: ({ spec }, { settings }) => rangeHits(spec, settings),
    good: [{ spec: { ranges: [{ from: 1000, to: 2999 }] } }],
    bad: [
      { spec: { ranges: [{ from: 0, to: 10 }] } },
      { spec: { ranges: [{ from: 10, to: 5000 }] } },
      { spec: { ranges: [{ from: 20, to: 10 }] } },
      { spec: { ranges: [{ from: 10, to: 20 }, { from: 20, to: 30 }] } },
      { spec: { ranges: [{ from: 2900, to: 3000 }] } },
      { spec: { ranges: [{ from: 3950, to: 3960 }] } },
      { spec: {} },
    ],
  },
];

function poolHits(spec: JsonObject, settings: FabricSettings): RuleHit[] {
  const field = 'spec.subnets';
  const subnets = textsAt(spec, 'subnets').map((text) => ({ text, cidr: parseCidr(text) }));
  const count = hitIf(subnets.length < 1 || subnets.length > MOST_SUBNETS, field, `There are ${subnets.length} subnets`);
  const each = subnets.flatMap(({ text, cidr }, index) => {
    if (!cidr) return [{ field, message: `${text} is no CIDR` }];
    const other = subnets.slice(0, index).find((earlier) => earlier.cidr && overlaps(cidr, earlier.cidr));
    const reserved = reservedSubnets(settings).find((taken) => overlaps(cidr, parseCidr(taken) ?? cidr));
    return [
      ...hitIf(other !== undefined, field, `${text} overlaps ${other?.text}`),
      ...hitIf(reserved !== undefined, field, `${text} overlaps ${reserved}, which the fabric uses`),
    ];
  });
  return [...count, ...each];
}

function rangeHits(spec: JsonObject, settings: FabricSettings): RuleHit[] {
  const ranges = listAt(spec, 'ranges').map((range) => ({ first: numberAt(range, 'from') ?? 0, last: numberAt(range, 'to') ?? 0 }));
  const own = [
    { what: "the VPCs' routed interfaces", range: settings.irbVlans },
    { what: 'a workaround on some switches', range: settings.th5Vlans },
  ].map(({ what, range: [first, last] }) => ({ what, first, last }));
  const each = ranges.flatMap((range, index) => {
    const at = fieldPath('spec', 'ranges', { from: range.first, to: range.last });
    const text = `${range.first}-${range.last}`;
    const other = ranges.slice(0, index).find((earlier) => overlaps(range, earlier));
    const taken = own.find((reserved) => overlaps(range, reserved));
    return [
      ...hitIf(range.first < 1 || range.last > 4094 || range.first > range.last, at, `${text} is no range within 1-4094`),
      ...hitIf(other !== undefined, at, `${text} overlaps ${other?.first}-${other?.last}`),
      ...hitIf(taken !== undefined, at, `${text} overlaps ${taken?.first}-${taken?.last}, kept for ${taken?.what}`),
    ];
  });
  return [...hitIf(ranges.length === 0, 'spec.ranges', 'There is no range'), ...each];
}
