import { connectionType, devicesOf } from '../fabric/connection-ends.ts';
import type { Body, KubeObject } from '../kube/kube-object.ts';

const domain = 'fabric.githedgehog.com';

/** True for a label that admission owns: it is wiped and computed anew on every write. */
export function isFabricLabel(key: string): boolean {
  const prefix = key.split('/')[0] ?? '';
  return prefix === domain || prefix.endsWith(`.${domain}`);
}

/** The labels that admission gives an object, from its spec alone. */
export function fabricLabels(object: KubeObject): Record<string, string> {
  const spec = object.spec ?? {};
  const labels = labelsByKind[object.kind]?.(spec) ?? {};
  return Object.fromEntries(Object.entries(labels).filter((entry): entry is [string, string] => Boolean(entry[1])));
}

type Labels = Record<string, string | undefined>;
const own = (name: string, value: string | undefined): Labels => ({ [`${domain}/${name}`]: value });
const marks = (prefix: string, names: string[]): Labels => Object.fromEntries(names.map((name) => [`${prefix}.${domain}/${name}`, 'true']));

const labelsByKind: Record<string, (spec: Body) => Labels> = {
  VPC: (spec) => ({ ...own('ipv4ns', spec.ipv4Namespace), ...own('vlanns', spec.vlanNamespace) }),
  External: (spec) => own('ipv4ns', spec.ipv4Namespace),
  VPCAttachment: (spec) => {
    const [vpc, subnet] = String(spec.subnet ?? '').split('/');
    return { ...own('connection', spec.connection), ...own('vpc', vpc), ...own('subnet', subnet) };
  },
  VPCPeering: (spec) => {
    const vpcs = Object.keys(spec.permit?.[0] ?? {}).sort();
    return { ...own('vpc1', vpcs[0]), ...own('vpc2', vpcs[1]), ...marks('vpc', vpcs) };
  },
  ExternalAttachment: (spec) => ({ ...own('connection', spec.connection), ...own('external', spec.external) }),
  ExternalPeering: (spec) => ({ ...own('vpc', spec.permit?.vpc?.name), ...own('external', spec.permit?.external?.name) }),
  Switch: (spec) => ({
    ...own('profile', spec.profile),
    ...marks('switchgroup', spec.groups ?? []),
    ...marks('vlanns', spec.vlanNamespaces ?? []),
  }),
  Connection: (spec) => ({
    ...own('connection-type', connectionType(spec)),
    ...marks('switch', devicesOf(spec, 'switch')),
    ...marks('server', devicesOf(spec, 'server')),
    ...marks('gateway', devicesOf(spec, 'gateway')),
  }),
};
