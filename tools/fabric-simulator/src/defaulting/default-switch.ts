import type { Body } from '../kube/kube-object.ts';

export function defaultSwitch(spec: Body): void {
  spec.boot ??= {};
  spec.ecmp ??= {};
  const redundancy = (spec.redundancy ??= {}) as Body;
  if (!spec.vlanNamespaces?.length) spec.vlanNamespaces = ['default'];
  spec.vlanNamespaces.sort();
  if (redundancy.group && !spec.groups?.includes(redundancy.group)) spec.groups = [...(spec.groups ?? []), redundancy.group];
  spec.groups?.sort();
  for (const field of ['portGroupSpeeds', 'portSpeeds']) stripSpeedPrefix(spec[field]);
}

function stripSpeedPrefix(speeds: Body | null | undefined): void {
  for (const [port, speed] of Object.entries(speeds ?? {})) speeds![port] = String(speed).replace(/^SPEED_/, '');
}
