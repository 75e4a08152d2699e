import { expect, it } from 'vitest';
import { leaseSeconds, poolObjects, vpcManifest, vpcName } from './vpc-manifests.ts';

const manifests = Array.from({ length: 1_200 }, (_, index) => vpcManifest(index));
const all = (pattern: RegExp) => manifests.map((text) => Array.from(text.matchAll(pattern), ([, found = '']) => found));

it('makes manifests of about 900 bytes', () => {
  for (const index of [0, 999, 9_999]) expect(Math.abs(vpcManifest(index).length - 900)).toBeLessThan(80);
});

it('makes no file of one edition like one of another', () => {
  const editions = [0, 1, 30, 31].flatMap((edition) => Array.from({ length: 100 }, (_, index) => vpcManifest(index, { edition })));
  expect(new Set(editions).size).toBe(400);
});

it('gives no subnet and no VLAN twice', () => {
  const namespaces = all(/vlanNamespace: (\S+)/g).flat();
  const vlans = all(/vlan: (\d+)/g);
  expect(new Set(all(/subnet: (\S+)/g).flat()).size).toBe(3_600);
  expect(new Set(vlans.flatMap((each, index) => each.map((vlan) => `${namespaces[index]} ${vlan}`))).size).toBe(3_600);
  expect(vlans.flat().every((vlan) => Number(vlan) >= 1 && Number(vlan) <= 2_999)).toBe(true);
});

it('makes each namespace that its VPCs name', () => {
  const made = poolObjects(1_200).map(({ object }) => object.metadata.name);
  expect(made).toEqual(expect.arrayContaining([...new Set(all(/Namespace: (\S+)/g).flat())]));
});

it('changes one lease time alone', () => {
  const [before, after] = [vpcManifest(7), vpcManifest(7, { change: 2 })];
  expect(after).not.toBe(before);
  expect(after.replace(`leaseTimeSeconds: ${leaseSeconds(2)}`, `leaseTimeSeconds: ${leaseSeconds(0)}`)).toBe(before);
  expect(before).toContain(`name: ${vpcName(7)}\n`);
});
