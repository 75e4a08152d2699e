import type { Body } from '../kube/kube-object.ts';

export function defaultGateway(spec: Body): void {
  if (!spec.groups?.length) spec.groups = [{ name: 'default' }];
  spec.workers ||= 4;
  spec.logs ??= {};
  spec.profiling ??= {};
}

export function defaultGatewayPeering(spec: Body): void {
  spec.gatewayGroup ||= 'default';
  for (const side of Object.keys(spec.peering ?? {})) spec.peering[side] ??= {};
  if (spec.acl) spec.acl.default ??= '';
}
