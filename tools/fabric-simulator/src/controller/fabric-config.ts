import type { Body } from '../kube/kube-object.ts';

/** The fabric-wide configuration that every agent carries; constants of the installer. */
export function fabricConfig(hostname: string): Body {
  return {
    alloy: { hostname, kube: {}, pyroscope: {}, targets: {} },
    baseVPCCommunity: '50000:0',
    controlVIP: '172.30.0.1/32',
    defaultMaxPathsEBGP: 64,
    eslagESIPrefix: '00:f2:00:00:',
    eslagMACBase: 'f2:00:00:00:00:00',
    fabricMTU: 9100,
    fabricSubnet: '172.30.128.0/17',
    gatewayASN: 65534,
    protocolSubnet: '172.30.8.0/22',
    serverFacingMTUOffset: 64,
    spineASN: 65100,
    spineLeaf: {},
    vtepSubnet: '172.30.12.0/22',
  };
}
