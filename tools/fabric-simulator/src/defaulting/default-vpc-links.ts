import type { Body } from '../kube/kube-object.ts';

export function defaultVPCAttachment(spec: Body): void {
  if (spec.subnet && !String(spec.subnet).includes('/')) spec.subnet = `${spec.subnet}/default`;
}

/** `vpc-1:` with nothing behind it is null in JSON; Go writes it back as an empty object. */
export function defaultVPCPeering(spec: Body): void {
  for (const permit of (spec.permit ?? []) as Body[]) {
    for (const vpc of Object.keys(permit)) permit[vpc] ??= {};
  }
}
