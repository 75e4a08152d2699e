import { DEFAULT_FABRIC_SETTINGS, apiVersionOf, descriptorOf, lookupOf, normalise } from '../src/index.ts';
import type { JsonObject, NormalisedObject, Rule, RuleContext, RuleExample } from '../src/index.ts';

/** An object of any kind in its normal form. */
export function make(kind: string, name: string, spec: JsonObject, more: { namespace?: string; annotations?: Record<string, string> } = {}): NormalisedObject {
  return normalise({ apiVersion: apiVersionOf(descriptorOf(kind)!), kind, metadata: { name, ...more }, spec });
}

/** The object that an example shows. */
export function objectOf(rule: Rule, { kind = rule.kinds[0]!, name = 'x-1', namespace = 'default', annotations, spec }: RuleExample): NormalisedObject {
  return make(kind, name, spec, { namespace, ...(annotations && { annotations }) });
}

/** What a rule sees beside it. */
export function contextOf(rule: Rule, { kind = rule.kinds[0]!, name = 'x-1', before, beside = [], settings }: RuleExample): RuleContext {
  const lookup = lookupOf(beside.map((each) => make(each.kind, each.name, each.spec)));
  const isLeaving = (otherKind: string, otherName: string): boolean => beside.some((each) => each.kind === otherKind && each.name === otherName && each.leaving === true);
  return { settings: { ...DEFAULT_FABRIC_SETTINGS, ...settings }, lookup: { ...lookup, isLeaving }, ...(before && { before: make(kind, name, before) }) };
}
