import { devicesOf } from '../fabric/connection-ends.ts';
import type { FabricView } from '../fabric/fabric-view.ts';
import { builtInProfiles } from '../fabric/virtual-switch-profile.ts';
import type { Body, KubeObject } from '../kube/kube-object.ts';

/** A kind that can stand in the way, and when one of its objects does. */
interface Dependant {
  kind: string;
  needs: (spec: Body, name: string) => boolean;
}

const dependants: Record<string, Dependant[]> = {
  VPC: [
    { kind: 'VPCAttachment', needs: (spec, name) => String(spec.subnet).split('/')[0] === name },
    { kind: 'VPCPeering', needs: (spec, name) => ((spec.permit ?? []) as Body[]).some((permit) => name in permit) },
    { kind: 'ExternalPeering', needs: (spec, name) => spec.permit?.vpc?.name === name },
    { kind: 'Connection', needs: (spec, name) => spec.staticExternal?.withinVPC === name },
  ],
  External: [
    { kind: 'ExternalAttachment', needs: (spec, name) => spec.external === name },
    { kind: 'ExternalPeering', needs: (spec, name) => spec.permit?.external?.name === name },
  ],
  IPv4Namespace: [
    { kind: 'VPC', needs: (spec, name) => spec.ipv4Namespace === name },
    { kind: 'External', needs: (spec, name) => spec.ipv4Namespace === name },
  ],
  VLANNamespace: [
    { kind: 'Switch', needs: (spec, name) => spec.vlanNamespaces?.includes(name) },
    { kind: 'VPC', needs: (spec, name) => spec.vlanNamespace === name },
  ],
  Switch: [{ kind: 'Connection', needs: (spec, name) => devicesOf(spec, 'switch').includes(name) }],
  Server: [{ kind: 'Connection', needs: (spec, name) => devicesOf(spec, 'server').includes(name) }],
  Connection: [
    { kind: 'VPCAttachment', needs: (spec, name) => spec.connection === name },
    { kind: 'ExternalAttachment', needs: (spec, name) => spec.connection === name },
  ],
};

/** Why an object can't be deleted: those that still need it. Groups, peerings and gateway kinds always can. */
export function refuseDelete({ kind, metadata: { name } }: Pick<KubeObject, 'kind' | 'metadata'>, fabric: FabricView): string[] {
  if (kind === 'SwitchProfile') {
    return builtInProfiles.some((profile) => profile.metadata.name === name) ? [`switch profile ${name} is built in and can't be deleted`] : [];
  }
  return (dependants[kind] ?? []).flatMap((dependant) => {
    const names = fabric.list(dependant.kind).filter((object) => dependant.needs(object.spec ?? {}, name)).map((object) => object.metadata.name);
    return names.length > 0 ? [`${kind} ${name} is still used by ${dependant.kind} ${names.sort().join(', ')}`] : [];
  });
}
