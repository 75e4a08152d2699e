import type { Finding } from '@heddle/contracts';
import { DEFAULT_FABRIC_SETTINGS } from '../fabric-defaults.ts';
import type { NormalisedObject } from '../resource-object.ts';
import { validateSchema } from '../validate-schema.ts';
import type { Rule, RuleContext } from './rule.ts';
import { RULES } from './rules.ts';

const byKind = new Map<string, Rule[]>();
for (const rule of RULES) {
  for (const kind of rule.kinds) {
    const rules = byKind.get(kind);
    if (rules) rules.push(rule);
    else byKind.set(kind, [rule]);
  }
}

/** The rules that hold for a kind. */
export function rulesFor(kind: string): readonly Rule[] {
  return byKind.get(kind) ?? [];
}

/** What the rules of its kind find wrong with a normalised object. Rules on other objects run only with a lookup. */
export function checkRules(object: NormalisedObject, context: Partial<RuleContext> = {}): Finding[] {
  const full: RuleContext = { settings: DEFAULT_FABRIC_SETTINGS, ...context };
  return rulesFor(object.kind)
    .filter((rule) => !rule.needsLookup || full.lookup)
    .flatMap((rule) =>
      rule.check(object, full).map((hit) => ({
        rule: rule.id,
        severity: rule.severity,
        message: hit.message,
        remedy: hit.remedy ?? rule.remedy,
        field: hit.field,
        kind: object.kind,
        name: object.metadata.name,
      })),
    );
}

/**
 * All that can be said about one normalised object by itself: its schema and the rules of its kind.
 * Where the schema is broken the rules are not asked: they would report the same fault again.
 */
export function checkObject(object: NormalisedObject, context: Partial<RuleContext> = {}): Finding[] {
  const schema = validateSchema(object.kind, object.spec, context.release).map((finding) => ({ ...finding, kind: object.kind, name: object.metadata.name }));
  if (schema.length > 0) return schema;
  return checkRules(object, context);
}
