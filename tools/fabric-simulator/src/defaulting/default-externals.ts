import type { Body } from '../kube/kube-object.ts';

/** The schema demands both objects, also of a static attachment, which has neither. */
export function defaultExternalAttachment(spec: Body): void {
  spec.switch ??= {};
  spec.neighbor ??= {};
}

export function defaultExternalPeering(spec: Body): void {
  const permit = (spec.permit ??= {}) as Body;
  permit.vpc ??= {};
  permit.external ??= {};
  permit.vpc.subnets?.sort();
  (permit.external.prefixes as { prefix: string }[] | undefined)?.sort((a, b) => (a.prefix < b.prefix ? -1 : a.prefix > b.prefix ? 1 : 0));
}
