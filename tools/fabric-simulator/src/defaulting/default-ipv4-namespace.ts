import type { Body } from '../kube/kube-object.ts';

export function defaultIPv4Namespace(spec: Body): void {
  spec.subnets?.sort();
}
