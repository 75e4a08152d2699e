import { connectionType, switchesOf } from '../fabric/connection-ends.ts';
import type { FabricView } from '../fabric/fabric-view.ts';
import { parseCidr } from '../fabric/ipv4.ts';
import type { Body, KubeObject } from '../kube/kube-object.ts';

const p2pLink = 'fabric.githedgehog.com/p2p-link';

export function refuseVPCAttachment(attachment: KubeObject, fabric: FabricView): string[] {
  const spec = attachment.spec ?? {};
  const parts = String(spec.subnet ?? '').split('/');
  if (parts.length !== 2 || !parts[0] || !parts[1]) return [`subnet ${spec.subnet} is not of the form vpc/subnet`];
  const vpc = fabric.get('VPC', parts[0]);
  const connection = fabric.get('Connection', spec.connection);
  const subnet = vpc?.spec?.subnets?.[parts[1]] as Body | undefined;
  const faults: string[] = [];
  if (!vpc) faults.push(`VPC ${parts[0]} does not exist`);
  else if (!subnet) faults.push(`VPC ${parts[0]} has no subnet ${parts[1]}`);
  if (!connection) faults.push(`connection ${spec.connection} does not exist`);
  const link = attachment.metadata.annotations?.[p2pLink];
  if (link && parseCidr(link)?.length !== 31) faults.push(`annotation ${p2pLink} has to be a /31, not ${link}`);
  faults.push(...refuseTwins(attachment, fabric));
  if (vpc && subnet && connection) faults.push(...refuseFit(vpc, subnet, connection, fabric));
  return faults;
}

function refuseFit(vpc: KubeObject, subnet: Body, connection: KubeObject, fabric: FabricView): string[] {
  const type = connectionType(connection.spec);
  if (!['unbundled', 'bundled', 'eslag'].includes(type ?? '')) {
    return [`connection ${connection.metadata.name} is ${type ?? 'of no type'}; only unbundled, bundled and eslag take a VPC`];
  }
  const faults: string[] = [];
  const l3 = vpc.spec?.mode === 'l3vni';
  if (type === 'eslag' && l3) faults.push('an ESLAG connection takes only L2VNI VPCs');
  if (subnet.hostBGP && type !== 'unbundled') faults.push('a hostBGP subnet goes on unbundled connections only');
  for (const name of switchesOf(connection.spec)) faults.push(...refuseSwitch(name, vpc, subnet, l3, fabric));
  return faults;
}

function refuseSwitch(name: string, vpc: KubeObject, subnet: Body, l3: boolean, fabric: FabricView): string[] {
  const device = fabric.get('Switch', name);
  if (!device) return [`switch ${name} does not exist`];
  const faults: string[] = [];
  if (!device.spec?.vlanNamespaces?.includes(vpc.spec?.vlanNamespace)) faults.push(`switch ${name} is not in VLANNamespace ${vpc.spec?.vlanNamespace}`);
  if (subnet.hostBGP && device.spec?.redundancy?.type === 'mclag') faults.push(`hostBGP is not possible on MCLAG switch ${name}`);
  const features = fabric.get('SwitchProfile', device.spec?.profile)?.spec?.features as Body | undefined;
  const needed = l3 ? ['l3vni'] : ['l2vni', 'l3vni'];
  const missing = features ? needed.filter((feature) => !features[feature]) : [];
  if (missing.length > 0) faults.push(`the profile of switch ${name} lacks ${missing.join(' and ')}`);
  return faults;
}

function refuseTwins(attachment: KubeObject, fabric: FabricView): string[] {
  const spec = attachment.spec ?? {};
  const others = fabric.list('VPCAttachment')
    .filter((other) => other.metadata.name !== attachment.metadata.name && other.spec?.connection === spec.connection);
  const faults: string[] = [];
  const twin = others.find((other) => other.spec?.subnet === spec.subnet);
  if (twin) faults.push(`${spec.subnet} is already attached to connection ${spec.connection} by ${twin.metadata.name}`);
  const native = spec.nativeVLAN ? others.find((other) => other.spec?.nativeVLAN) : undefined;
  if (native) faults.push(`connection ${spec.connection} already has a native VLAN by ${native.metadata.name}`);
  return faults;
}
