import type { FabricPolicy } from '@heddle/contracts';
import { descriptorOf, ignoreFault, MANAGED_KINDS } from '@heddle/hedgehog';
import { type FieldError, Invalid } from '@heddle/platform';

/** @throws Invalid VAL-020 naming each rule that could never speak of anything, or stands twice */
export function checkPolicy(policy: Partial<Pick<FabricPolicy, 'ignore' | 'drift'>>): void {
  const errors = [...ignoreErrors(policy.ignore ?? []), ...driftErrors(policy.drift ?? [])];
  if (errors.length === 0) return;
  throw new Invalid({ code: 'VAL-020', message: `The policy has rules that can't hold: ${errors.map(({ field, message }) => `${field}: ${message}`).join('; ')}.`, remedy: 'Correct the rules that are named.', errors });
}

function ignoreErrors(rules: NonNullable<FabricPolicy['ignore']>): FieldError[] {
  return rules.flatMap((rule, index) => {
    const fault = ignoreFault(rule);
    return fault ? [{ field: `policy.ignore[${index}].${fault.field}`, message: fault.message }] : [];
  });
}

function driftErrors(rules: NonNullable<FabricPolicy['drift']>): FieldError[] {
  return rules.flatMap(({ kind }, index): FieldError[] => {
    const field = `policy.drift[${index}].kind`;
    if (rules.findIndex((other) => other.kind === kind) < index) return [{ field, message: kind === undefined ? 'there is a rule for all kinds already' : `there is a rule for ${kind} already` }];
    if (kind === undefined || descriptorOf(kind)?.managed) return [];
    return [{ field, message: `'${kind}' is not a kind that Heddle manages; use one of ${MANAGED_KINDS.map((each) => each.kind).join(', ')}` }];
  });
}
