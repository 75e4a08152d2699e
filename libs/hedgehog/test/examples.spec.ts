import { describe, expect, it } from 'vitest';
import { RULES, checkObject, checkReferences, claimLookupOf, contentHash, diffNormalised, findClashes, lookupOf, normalise, orderSteps, toApply } from '../src/index.ts';
import type { NormalisedObject, ResourceObject } from '../src/index.ts';
import { fieldData } from './field-data.ts';

const HYDRATED = ['wiring-spineleaf-eslag-hydrated.yaml', 'wiring-spineleaf-l3vni-hydrated.yaml'];

const isManaged = (value: unknown): value is ResourceObject => typeof value === 'object' && value !== null && 'metadata' in value && !('roles' in value);

/** The objects of a file; templates without a name get one, since only their specs are looked at. */
function objectsIn(file: string): NormalisedObject[] {
  return fieldData.documents(`examples/${file}`).filter(isManaged).map((raw) => normalise({ ...raw, metadata: { ...raw.metadata, name: raw.metadata.name ?? 'unnamed' } }));
}

/** What is wrong with the examples of Hedgehog's documents, and why that is right. */
const EXPECTED: Record<string, Record<string, string>> = {
  'build-wiring.yaml': {
    'Switch: switch-hydrated': 'not hydrated: addresses come later',
    'Switch: switch-vtep': 'not hydrated',
    'Connection: connection-unhydrated': 'not hydrated',
    'Gateway: namespace-default': 'the page still shows the namespace fab of an older release',
    'Gateway: gateway-addresses': 'not hydrated',
    'Gateway: gateway-mac': 'not hydrated',
    'Gateway: gateway-interfaces': 'not hydrated',
    'Gateway: gateway-neighbors': 'not hydrated',
  },
  'connections.yaml': {
    'Connection: connection-link-addresses': 'the fabric links of the page are of 172.30.30.0, not of the link subnet',
    'Connection: connection-old-type': 'shows staticExternal, which is deprecated',
  },
  'devices.yaml': {},
  'dhcp.yaml': { 'VPC: dhcp-relay': 'shows a relay without prefix length, which the webhook refuses' },
  'external.yaml': {
    'External: name-length': 'template with a long name',
    'External: external-kind': 'template: a prefix is missing',
    'ExternalAttachment: external-attachment-names': 'template without values',
    'ExternalAttachment: external-attachment-bgp': 'template without values',
    'ExternalAttachment: schema-required': 'template without values',
    'ExternalPeering: external-peering-sides': 'template without values',
    'ExternalPeering: external-peering-prefixes': 'template without values',
  },
  'gateway-acls.yaml': {},
  'gateway-add.yaml': { 'Gateway: namespace-default': 'the page still shows the namespace fab' },
  'gateway-failover.yaml': { 'GatewayPeering: schema-type': 'expose: [..] stands for something left out' },
  'gateway-peering.yaml': {
    'GatewayPeering: gateway-peering-sides': 'the sides are left out of one example',
    'GatewayPeering: gateway-peering-acl': 'its rules name the sides that are left out',
  },
  'shrink-expand.yaml': {},
  'vpcs.yaml': { 'VPC: vpc-permit': 'the first example names subnets that it does not show' },
  'wiring-docs-spineleaf.yaml': {},
};
EXPECTED['wiring-docs-spineleaf.yaml'] = EXPECTED['build-wiring.yaml'] ?? {};

it('every expected finding is of a rule that exists', () => {
  const ids = new Set(RULES.map((rule) => rule.id));
  const rules = Object.values(EXPECTED).flatMap((reasons) => Object.keys(reasons).map((reason) => reason.split(': ')[1] ?? ''));
  expect(rules.filter((rule) => !ids.has(rule) && !rule.startsWith('schema-'))).toEqual([]);
});

if (fieldData.present) {
  describe('hydrated wiring of running fabrics', () => {
    for (const file of HYDRATED) {
      it(`${file} has no findings`, () => {
        const objects = objectsIn(file);
        const lookup = lookupOf(objects);
        const claims = claimLookupOf(objects);
        // Only the objects that the agents saw are in the file: profiles, gateways and some servers are not.
        const exists = (kind: string, name: string): boolean | undefined => ['SwitchProfile', 'Gateway'].includes(kind) ? undefined : lookup.get(kind, name) !== undefined;
        const findings = objects.flatMap((object) => [...checkObject(object, { lookup }), ...checkReferences(object, exists), ...findClashes(object, claims)]);
        expect(findings).toEqual([]);
      });

      it(`${file} equals its defaulted form`, () => {
        for (const object of objectsIn(file)) {
          const again = normalise(toApply(object));
          expect(diffNormalised(object, again)).toEqual([]);
          expect(contentHash(again)).toBe(contentHash(object));
        }
      });

      it(`${file} can be applied in one order`, () => {
        const objects = objectsIn(file);
        const { steps, cyclic } = orderSteps(objects.map((wanted) => ({ id: `${wanted.kind}/${wanted.metadata.name}`, kind: wanted.kind, name: wanted.metadata.name, wanted })));
        expect(cyclic).toEqual([]);
        expect(steps).toHaveLength(objects.length);
      });
    }
  });

  describe("examples of Hedgehog's documents", () => {
    for (const [file, reasons] of Object.entries(EXPECTED)) {
      it(`${file} has the findings that it should`, () => {
        const found = objectsIn(file).flatMap((object) => checkObject(object).map((finding) => `${object.kind}: ${finding.rule}`));
        expect([...new Set(found)].toSorted()).toEqual(Object.keys(reasons).toSorted());
      });
    }

    it('covers every file of user kinds', () => {
      expect(fieldData.files('examples').filter((file) => file !== 'config.yaml' && !HYDRATED.includes(file))).toEqual(Object.keys(EXPECTED).toSorted());
    });
  });
}
