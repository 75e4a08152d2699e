import type { ExampleName } from '@heddle/fabric-simulator';

/** A VPC of one subnet that fits into the example's pools beside what is there; `n` from 0 to 89. */
export function vpcDocument(fabric: ExampleName, name: string, n: number): string {
  const place = fabric === 'mesh'
    ? { subnet: `10.120.${32 + Math.floor(n / 8)}.${(n % 8) * 32}/27`, vlan: 110 + n }
    : { subnet: `10.64.${100 + n}.0/24`, vlan: 1_300 + n };
  return `apiVersion: vpc.githedgehog.com/v1beta1\nkind: VPC\nmetadata:\n  name: ${name}\nspec:\n  subnets:\n    default:\n      subnet: ${place.subnet}\n      vlan: ${place.vlan}\n`;
}
