import type { KubeObject } from '@heddle/fabric-simulator';

/** Three VLANs each out of 1-2999: what fits into one VLANNamespace. */
const VPCS_PER_NAMESPACE = 999;
const SUBNETS = ['web', 'application', 'storage'];
const FIRST_LEASE_SECONDS = 3_600;
/** An edition is another MTU and another end of the DHCP range. */
const MTUS = 30;

export function vpcName(index: number): string {
  return `v${String(index).padStart(5, '0')}`;
}

/** The lease time that a VPC has after this many changes: what the changes of the bench change. */
export function leaseSeconds(change: number): number {
  return FIRST_LEASE_SECONDS + change;
}

/**
 * A VPC of three subnets, about 900 bytes; valid beside all others of the same `poolObjects`.
 * @param edition so that a repository that holds one edition has no file of another already
 */
export function vpcManifest(index: number, { change = 0, edition = 0 }: { change?: number; edition?: number } = {}): string {
  const subnets = SUBNETS.map((name, place) => {
    const number = index * SUBNETS.length + place;
    const prefix = `10.${Math.floor(number / 256)}.${number % 256}`;
    return `    ${name}:
      subnet: ${prefix}.0/24
      gateway: ${prefix}.1
      vlan: ${1 + (index % VPCS_PER_NAMESPACE) * SUBNETS.length + place}
      dhcp:
        enable: true
        range:
          start: ${prefix}.10
          end: ${prefix}.${199 - (Math.floor(edition / MTUS) % 100)}
        options:
          interfaceMTU: ${9_000 + (edition % MTUS)}
          leaseTimeSeconds: ${leaseSeconds(place === 0 ? change : 0)}
`;
  });
  return `apiVersion: vpc.githedgehog.com/v1beta1
kind: VPC
metadata:
  name: ${vpcName(index)}
  namespace: default
spec:
  ipv4Namespace: default
  vlanNamespace: ${vlanNamespace(index)}
  subnets:
${subnets.join('')}`;
}

/** What the API server says of the lease time that `change` stands for. */
export function leaseOf(vpc: KubeObject): number | undefined {
  const { subnets } = vpc.spec as { subnets?: Record<string, { dhcp?: { options?: { leaseTimeSeconds?: number } } }> };
  return subnets?.[SUBNETS[0]!]?.dhcp?.options?.leaseTimeSeconds;
}

/** The namespaces that the first `count` VPCs draw from, by the collection to create them in. */
export function poolObjects(count: number): { collection: string; object: KubeObject }[] {
  const metadata = (name: string) => ({ name, namespace: 'default' });
  const namespaces = Math.ceil(count / VPCS_PER_NAMESPACE);
  return [
    {
      collection: '/apis/vpc.githedgehog.com/v1beta1/namespaces/default/ipv4namespaces',
      object: { apiVersion: 'vpc.githedgehog.com/v1beta1', kind: 'IPv4Namespace', metadata: metadata('default'), spec: { subnets: ['10.0.0.0/8'] } },
    },
    ...Array.from({ length: namespaces }, (_, place) => ({
      collection: '/apis/wiring.githedgehog.com/v1beta1/namespaces/default/vlannamespaces',
      object: {
        apiVersion: 'wiring.githedgehog.com/v1beta1', kind: 'VLANNamespace', metadata: metadata(vlanNamespace(place * VPCS_PER_NAMESPACE)),
        spec: { ranges: [{ from: 1, to: 2_999 }] },
      } as KubeObject,
    })),
  ];
}

function vlanNamespace(index: number): string {
  return `pool-${Math.floor(index / VPCS_PER_NAMESPACE)}`;
}
