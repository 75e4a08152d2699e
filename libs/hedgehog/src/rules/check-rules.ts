import type { Finding } from '@heddle/contracts';
import { DEFAULT_FABRIC_SETTINGS } from '../fabric-defaults.ts';
import type { NormalisedObject } from '../resource-object.ts';
import { validateSchema } from '../validate-schema.ts';
import type { Rule, RuleContext } from './rule.ts';
import { installationRules } from './installation-rules.ts';
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

/** Objects whose findings can move when an object of some kind does, found through what that object names. */
export interface MovedFindings {
  /** Kind of an object that the moved one names. */
  readonly through: string;
  /** Kind of the objects whose findings move: of the named object itself, or of others that name it too. */
  readonly kind: string;
  /** Only where the object differs from how it lives: the rule is on what changes. */
  readonly onlyChanging: boolean;
}

/**
 * Which findings move with an object of this kind beside its own and those of its referrers: rules that look at all who
 * name a thing (members of a group, peerings of a VPC) concern each of them.
 */
export function findingsMovedBy(kind: string): readonly MovedFindings[] {
  return MOVED.get(kind) ?? [];
}

const MOVED = new Map<string, MovedFindings[]>();
for (const { kinds, reads = [], needsBefore = false } of RULES) {
  for (const { referrersOf: through, kinds: readKinds } of reads) {
    for (const read of readKinds) MOVED.set(read, [...(MOVED.get(read) ?? []), ...kinds.map((kind) => ({ through, kind, onlyChanging: needsBefore }))]);
  }
}

/** Kinds of which some rule compares an object with how it lives. */
export const KINDS_WITH_CHANGE_RULES: readonly string[] = [...new Set(RULES.flatMap(({ kinds, needsBefore }) => (needsBefore ? kinds : [])))];

/** Ids of those rules. */
export const CHANGE_RULE_IDS: readonly string[] = RULES.flatMap(({ id, needsBefore }) => (needsBefore ? [id] : []));

/** Kinds that may be used or not by what the installer of a fabric switched on. */
export const INSTALLATION_KINDS: readonly string[] = [...new Set(installationRules.flatMap(({ kinds }) => kinds))];

/** What the rules of its kind find wrong with a normalised object. Rules on other objects run only with a lookup. */
export function checkRules(object: NormalisedObject, context: Partial<RuleContext> = {}): Finding[] {
  const full: RuleContext = { settings: DEFAULT_FABRIC_SETTINGS, ...context };
  return rulesFor(object.kind)
    .filter((rule) => (!rule.needsLookup || full.lookup) && (!rule.needsBefore || full.before))
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
