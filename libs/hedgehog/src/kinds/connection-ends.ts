import { fieldPath } from '../field-path.ts';
import { parseDevicePort } from '../net/device-port.ts';
import { isJsonObject } from '../resource-object.ts';
import type { Json, JsonObject } from '../resource-object.ts';
import { listAt, objectAt, textAt } from '../spec-reader.ts';

/** The types of a Connection, in the order of its schema. */
export const CONNECTION_TYPES = [
  'unbundled',
  'bundled',
  'eslag',
  'mclag',
  'mclagDomain',
  'fabric',
  'mesh',
  'gateway',
  'external',
  'staticExternal',
  'vpcLoopback',
] as const;

export type ConnectionType = (typeof CONNECTION_TYPES)[number];

export type DeviceKind = 'Switch' | 'Server' | 'Gateway';

/** One end of a link. */
export interface ConnectionEnd {
  /** Path of the `port` field. */
  readonly field: string;
  /** Path of the `ip` field, which need not be there. */
  readonly ipField: string;
  readonly deviceKind: DeviceKind;
  /** Field in the link: server, switch, spine, leaf, ... */
  readonly side: string;
  /** As written: `device/port`; empty if missing. */
  readonly port: string;
  readonly ip?: string;
}

/** The types that a spec sets; exactly one in a correct Connection. */
export function connectionTypes(spec: JsonObject): ConnectionType[] {
  return CONNECTION_TYPES.filter((type) => spec[type] !== undefined);
}

/** The links of a Connection, each with its ends. */
export function connectionLinks(spec: JsonObject): ConnectionEnd[][] {
  return connectionTypes(spec).flatMap((type) => {
    const body = objectAt(spec, type);
    if (!body) return [];
    const single = isJsonObject(body.link) ? [endsOf(body.link, fieldPath('spec', type, 'link'))] : [];
    const lists = ['links', 'peerLinks', 'sessionLinks'].flatMap((name) =>
      listAt(body, name).map((link) => endsOf(link, fieldPath('spec', type, name, linkKey(link)))),
    );
    return [...single, ...lists];
  });
}

/** All ends of all links. */
export function connectionEnds(spec: JsonObject): ConnectionEnd[] {
  return connectionLinks(spec).flat();
}

/** The names of the switches that a Connection leads to, each once; ends that can't be read are left out. */
export function connectionSwitches(spec: JsonObject): string[] {
  return [...new Set(connectionEnds(spec).flatMap((end) => (end.deviceKind === 'Switch' ? (parseDevicePort(end.port)?.device ?? []) : [])))];
}

function endsOf(link: Json, path: string): ConnectionEnd[] {
  return Object.keys(isJsonObject(link) ? link : {}).flatMap((side) => {
    const ip = textAt(link, side, 'ip');
    return [
      {
        field: `${path}.${side}.port`,
        ipField: `${path}.${side}.ip`,
        deviceKind: side === 'server' ? 'Server' : side === 'gateway' ? 'Gateway' : 'Switch',
        side,
        port: textAt(link, side, 'port') ?? '',
        ...(ip ? { ip } : {}),
      } satisfies ConnectionEnd,
    ];
  });
}

function linkKey(link: Json): Record<string, unknown> {
  const sides = Object.keys(isJsonObject(link) ? link : {});
  return Object.fromEntries(sides.map((side) => [`${side}.port`, textAt(link, side, 'port') ?? '']));
}
