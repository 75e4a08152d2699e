import type { ExplainedAgent, Explanation, Finding, Wait } from '@heddle/contracts';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import type { ResourceFacts } from '../resources/resource-facts.ts';
import type { Withheld } from '../plans/withheld.ts';

/** What is known of a fabric as a whole, for explanations. */
export interface FabricFacts {
  now: Date;
  fabric: Pick<FabricEntity, 'id' | 'name' | 'state' | 'automaticSync' | 'prune' | 'directoryNote' | 'directory' | 'branch' | 'source' | 'connection' | 'revision' | 'syncState' | 'syncReason' | 'syncMessage' | 'syncSince' | 'syncRetry' | 'planDueAt' | 'pruneHeld'>;
  /** Kinds without a whole list yet: nothing is planned before. */
  unseenKinds: string[];
  /** Number of documents that can't be read. */
  unreadable: number;
  /** Open operations: the one in progress first, then those that wait. */
  operations: (NonNullable<Explanation['operation']> & { wait: Wait | null })[];
  /** What is stored of the cluster's objects, and of its switches, holds now; if not, why. */
  trust: { stored: boolean; told: boolean; reason: string; message: string; since: string | null };
}

/** What the last operation that had to do with the object came to. */
export interface LastStep {
  operation: NonNullable<Explanation['operation']>;
  action: string;
  state: string;
  reason: string;
  message: string;
  remedy: string | null;
  at: Date | null;
  wait: Wait | null;
  /** The step that failed, where this one was not started because of it. */
  failedBefore: { action: string; kind: string; name: string; reason: string; message: string; remedy: string | null } | null;
}

/** What is known of one object. */
export interface ObjectFacts extends FabricFacts {
  object: Pick<ResourceFacts, 'kind' | 'name' | 'state' | 'reason' | 'message' | 'desiredHash' | 'liveHash' | 'baseHash' | 'goneHash' | 'held' | 'path' | 'managed' | 'deletingSince' | 'finalizers' | 'inFlight' | 'failure' | 'switches' | 'switchesReason' | 'switchesMessage'> & {
    line: number | null; since: Date; committedAt: Date | null; storedAt: Date | null; appliedAt: Date | null; convergedAt: Date | null;
  };
  findings: Finding[];
  drift: { state: string; type: string; detectedAt: Date; managers: string[]; healAt: Date | null } | null;
  /** What the last plan of this desired state kept back of it. */
  withheld: Withheld | null;
  step: LastStep | null;
  agents: ExplainedAgent[];
}
