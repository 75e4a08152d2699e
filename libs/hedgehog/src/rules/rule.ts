import type { Finding, Release } from '@heddle/contracts';
import type { FabricSettings } from '../fabric-defaults.ts';
import type { Lookup } from '../lookup.ts';
import type { JsonObject, NormalisedObject } from '../resource-object.ts';

/** What a rule sees beside its object. */
export interface RuleContext {
  readonly settings: FabricSettings;
  /** The other objects of the fabric; absent where only the object itself is at hand. */
  readonly lookup?: Lookup;
  /** What the fabric runs; absent: fields of all releases are taken. */
  readonly release?: Release;
  /** The object as it lives in the cluster, where it differs; absent for a new object and where nothing is known of it. */
  readonly before?: NormalisedObject;
}

/** One place where an object breaks a rule. */
export interface RuleHit {
  readonly field: string;
  /** What is wrong, naming the value. */
  readonly message: string;
  /** What to do, where it can be said better than the rule's own remedy. */
  readonly remedy?: string;
}

/** An object on which a rule is shown; the rest of the object is filled in. */
export interface RuleExample {
  /** Default: the rule's first kind. */
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly annotations?: Record<string, string>;
  readonly spec: JsonObject;
  /** Spec of the object as it lives, for rules on changes. */
  readonly before?: JsonObject;
  /** What of the fabric's settings is not as by default. */
  readonly settings?: Partial<FabricSettings>;
  /** Other objects of the fabric, for rules that look at them; `leaving`: Git has dropped it. */
  readonly beside?: readonly { readonly kind: string; readonly name: string; readonly spec: JsonObject; readonly leaving?: boolean }[];
}

/** A statement about objects of some kinds, checked on their normal form. */
export interface Rule {
  /** Stable id, as findings and ignore lists name it. */
  readonly id: string;
  readonly kinds: readonly string[];
  readonly severity: Finding['severity'];
  /** What must hold, in a sentence. */
  readonly text: string;
  /** What to do when it does not. */
  readonly remedy: string;
  /** The rule reads other objects: it is skipped where there is no lookup. */
  readonly needsLookup?: boolean;
  /** The rule compares with the object as it lives: it is skipped where that is not known. */
  readonly needsBefore?: boolean;
  /**
   * Which objects the rule looks at against the direction of references: those of some kinds that name an object, be it
   * the checked one or one that the checked one names. What is derived from it: `findingsMovedBy`.
   */
  readonly reads?: readonly { readonly referrersOf: string; readonly kinds: readonly string[] }[];
  readonly check: (object: NormalisedObject, context: RuleContext) => RuleHit[];
  /** Objects that keep the rule and objects that break it; each rule has at least one of both. */
  readonly good: readonly RuleExample[];
  readonly bad: readonly RuleExample[];
}

/** A hit, or none if the condition does not hold. */
export function hitIf(condition: boolean, field: string, message: string, remedy?: string): RuleHit[] {
  return condition ? [{ field, message, ...(remedy ? { remedy } : {}) }] : [];
}
