import type { Finding } from '@heddle/contracts';
import { checkReferences } from '../check-references.ts';
import { existsIn } from '../exists-in.ts';
import { lookupOf } from '../lookup-of.ts';
import type { NormalisedObject } from '../resource-object.ts';
import { checkObject } from './check-rules.ts';
import { claimLookupOf, findClashes } from './clashes.ts';
import type { RuleContext } from './rule.ts';

/** Objects that Hedgehog's installer makes, so that Git need not have them. */
const MADE_BY_THE_INSTALLER = new Set(['IPv4Namespace/default', 'VLANNamespace/default', 'GatewayGroup/default']);

/**
 * All that can be said about a set of objects without a cluster: schema, rules, references and clashes.
 * A kind of which the set has no object at all is taken to be kept elsewhere (wiring often is), not to be missing.
 * @returns findings by object, in the order given; each names kind and name
 */
export function checkTogether(objects: readonly NormalisedObject[], context: Partial<Omit<RuleContext, 'lookup' | 'before'>> = {}): Finding[] {
  const lookup = lookupOf(objects);
  const claims = claimLookupOf(objects);
  const kinds = new Set(objects.map(({ kind }) => kind));
  const exists = existsIn(lookup, (kind, name) => kinds.has(kind) && !MADE_BY_THE_INSTALLER.has(`${kind}/${name}`));
  return objects.flatMap((object) => [...checkObject(object, { ...context, lookup }), ...checkReferences(object, exists), ...firstOfEachField(findClashes(object, claims))]);
}

function firstOfEachField(findings: readonly Finding[]): Finding[] {
  const fields = new Set<string | undefined>();
  return findings.filter(({ field }) => !fields.has(field) && fields.add(field));
}
