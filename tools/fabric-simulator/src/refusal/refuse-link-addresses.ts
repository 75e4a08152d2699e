import { connectionLinks, connectionType } from '../fabric/connection-ends.ts';
import type { FabricView } from '../fabric/fabric-view.ts';
import { fabricSubnet } from '../fabric/fabric-constants.ts';
import { holds, parseCidr } from '../fabric/ipv4.ts';
import type { KubeObject } from '../kube/kube-object.ts';

const typesWithAddresses = ['fabric', 'mesh', 'gateway'];

/** Each link of the fabric itself is a /31 of its own. */
export function refuseLinkAddresses(connection: KubeObject, fabric: FabricView): string[] {
  if (!typesWithAddresses.includes(connectionType(connection.spec) ?? '')) return [];
  const faults: string[] = [];
  const own = new Set<number>();
  for (const link of connectionLinks(connection.spec)) {
    const ranges = link.map((end) => parseCidr(end.ip));
    link.forEach((end, index) => {
      const range = ranges[index];
      if (!range || range.length !== 31) return void faults.push(`address ${end.ip} of port ${end.port} is not a /31`);
      if (!holds(fabricSubnet, range.address)) faults.push(`address ${end.ip} is outside the fabric's link subnet`);
      if (own.has(range.address)) faults.push(`address ${end.ip} is used twice`);
      own.add(range.address);
    });
    if (ranges[0] && ranges[1] && ranges[0].first !== ranges[1].first) faults.push(`addresses ${link.map((end) => end.ip).join(' and ')} are not of one /31`);
  }
  return [...faults, ...refuseTaken(connection, own, fabric)];
}

function refuseTaken(connection: KubeObject, own: Set<number>, fabric: FabricView): string[] {
  const others = fabric.list('Connection').filter((other) => other.metadata.name !== connection.metadata.name);
  return others.flatMap((other) => connectionLinks(other.spec).flat().flatMap((end) => {
    const address = parseCidr(end.ip)?.address;
    return address !== undefined && own.has(address) ? [`address ${end.ip} is already used by connection ${other.metadata.name}`] : [];
  }));
}
