import { connectionTypes } from '../fabric/connection-ends.ts';
import type { Body } from '../kube/kube-object.ts';

const endsByType: Record<string, string[]> = {
  unbundled: ['server', 'switch'], bundled: ['server', 'switch'], eslag: ['server', 'switch'], mclag: ['server', 'switch'],
  fabric: ['spine', 'leaf'], mesh: ['leaf1', 'leaf2'], gateway: ['switch', 'gateway'],
  external: ['switch'], staticExternal: ['switch'], vpcLoopback: ['switch1', 'switch2'],
};

/** Links and their ends are plain structs in Go: what is missing comes back as an empty object. */
export function defaultConnection(spec: Body): void {
  for (const type of connectionTypes) {
    const body = spec[type] as Body | undefined;
    const ends = endsByType[type];
    if (!body || !ends) continue;
    if (['unbundled', 'external', 'staticExternal'].includes(type)) body.link ??= {};
    for (const link of body.link ? [body.link] : ((body.links ?? []) as Body[])) {
      for (const end of ends) link[end] ??= {};
    }
  }
}
