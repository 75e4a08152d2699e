import type { KubeObject } from '../kube/kube-object.ts';

const portCount = 48;
const portsPerGroup = 4;

/** The profile of a virtual switch: 48 ports of 25G in groups of four, that run at 10G too; all features the examples need. */
const virtualSwitch: KubeObject = {
  apiVersion: 'wiring.githedgehog.com/v1beta1',
  kind: 'SwitchProfile',
  metadata: { name: 'vs', namespace: 'default' },
  spec: {
    displayName: 'Virtual Switch',
    nosType: 'sonic-bcm-vs',
    platform: 'x86_64-simulated-r0',
    switchSilicon: 'vs',
    config: { maxPathsEBGP: 16 },
    features: { subinterfaces: true, roce: true, acls: true, l2vni: true, l3vni: true, eslag: true },
    portGroups: Object.fromEntries(numbers(portCount / portsPerGroup).map((n) => [`${n}`, { nos: `${n}`, profile: 'SFP28-25G' }])),
    portProfiles: { 'SFP28-25G': { speed: { default: '25G', supported: ['10G', '25G'] } } },
    ports: {
      ...Object.fromEntries(numbers(portCount).map((n) =>
        [`E1/${n}`, { nos: `Ethernet${n - 1}`, label: `${n}`, group: `${Math.ceil(n / portsPerGroup)}` }])),
      M1: { management: true, nos: 'Management0', oniePortName: 'eth0' },
    },
  },
};

/** What the simulated software brings along. */
export const builtInProfiles: readonly KubeObject[] = [virtualSwitch];

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
