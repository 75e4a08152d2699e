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
  /** Other objects of the fabric, for rules that look at them. */
  readonly beside?: readonly { readonly kind: string; readonly name: string; readonly spec: JsonObject }[];
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
  readonly check: (object: NormalisedObject, context: RuleContext) => RuleHit[];
  /** Objects that keep the rule and objects that break it; each rule has at least one of both. */
  readonly good: readonly RuleExample[];
  readonly bad: readonly RuleExample[];
}

/** A hit, or none if the condition does not hold. */
export function hitIf(condition: boolean, field: string, message: string, remedy?: string): RuleHit[] {
  return condition ? [{ field, message, ...(remedy ? { remedy } : {}) }] : [];
}
