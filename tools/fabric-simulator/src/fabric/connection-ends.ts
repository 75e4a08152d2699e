import type { Body } from '../kube/kube-object.ts';

export const connectionTypes = [
  'unbundled', 'bundled', 'eslag', 'fabric', 'mesh', 'gateway', 'external', 'staticExternal', 'vpcLoopback', 'mclag', 'mclagDomain',
] as const;

/** One end of one link: which device, which port, and its address where the link has addresses. */
export interface ConnectionEnd {
  side: 'switch' | 'server' | 'gateway';
  /** `device/port` as written. */
  port: string;
  device: string;
  /** The port's own name, without its device. */
  name: string;
  ip?: string;
}

const sideOfKey: Record<string, ConnectionEnd['side']> = {
  switch: 'switch', switch1: 'switch', switch2: 'switch', spine: 'switch', leaf: 'switch', leaf1: 'switch', leaf2: 'switch',
  server: 'server', gateway: 'gateway',
};

/** The type that a connection names, or undefined when it names none or several. */
export function connectionType(spec: Body | undefined): string | undefined {
  const types = connectionTypes.filter((type) => spec?.[type] != null);
  return types.length === 1 ? types[0] : undefined;
}

/** The links of a connection, each as its ends. */
export function connectionLinks(spec: Body | undefined): ConnectionEnd[][] {
  const type = connectionType(spec);
  const body = (type && spec?.[type]) as Body | undefined;
  if (!body) return [];
  const links: unknown[] = body.link ? [body.link] : [...(body.links ?? []), ...(body.peerLinks ?? []), ...(body.sessionLinks ?? [])];
  return links.map((link) => endsOf(link as Body));
}

function endsOf(link: Body | null): ConnectionEnd[] {
  return Object.entries(link ?? {}).flatMap(([key, end]) => {
    const side = sideOfKey[key];
    if (!side) return [];
    const port = String((end as Body | null)?.port ?? '');
    const slash = port.indexOf('/');
    return [{ side, port, device: slash < 0 ? port : port.slice(0, slash), name: slash < 0 ? '' : port.slice(slash + 1), ip: (end as Body | null)?.ip }];
  });
}

/** Names of the switches that a connection touches, each once. */
export function switchesOf(spec: Body | undefined): string[] {
  return devicesOf(spec, 'switch');
}

export function devicesOf(spec: Body | undefined, side: ConnectionEnd['side']): string[] {
  const ends = connectionLinks(spec).flat().filter((end) => end.side === side);
  return [...new Set(ends.map((end) => end.device).filter((device) => device !== ''))];
}

/** `E1/3` and `E1/3/1` are one port. */
export const canonicalPort = (name: string): string => (/^E\d+\/\d+$/.test(name) ? `${name}/1` : name);
