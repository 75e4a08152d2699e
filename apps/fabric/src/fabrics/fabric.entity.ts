import type { ClusterConnection, DriftPolicyRule, FabricState, IgnoreRule, InstallationPatch, PlanPolicyPatch, Release, SyncState } from '@heddle/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** bigint columns stay far below 2^53: they count changes. */
const count = { to: (value: number) => value, from: (value: string) => Number(value) };

export interface SourceState { state: 'unknown' | 'ready' | 'failing'; reason: string; message: string; since: string; nextTryAt?: string | null; server?: string }

export interface AcceptedRevision { commit: string; subject: string; author: string; email: string; committedAt: string; observedAt: string }

/** Correlation and trace of work that a loop goes on with. */
export interface StoredContext { correlationId: string; causationId?: string; traceparent?: string }

/** What follows a failed sync; `planDueAt` says when. */
export interface SyncRetry {
  /** Number of the next try, from 2. */
  try: number;
  mayPass: boolean;
  remedy: string | null;
}

@Entity('fabric')
export class FabricEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') name!: string;
  @Column('text') state!: FabricState;
  @Column('uuid', { name: 'repository_id' }) repositoryId!: string;
  @Column('text') repository!: string;
  @Column('text') branch!: string;
  @Column('text') directory!: string;
  @Column('boolean', { name: 'automatic_sync' }) automaticSync!: boolean;
  @Column('boolean') prune!: boolean;
  @Column('boolean', { name: 'self_heal' }) selfHeal!: boolean;
  @Column('integer', { name: 'compliance_grace_seconds' }) complianceGraceSeconds!: number;
  /** What of the policy of plans is the fabric's own; the rest has its default. */
  @Column('jsonb', { name: 'plan_policy' }) planPolicy!: PlanPolicyPatch;
  /** What of Hedgehog it runs: which fields its kinds have. */
  @Column('text') release!: Release;
  /** What its installer switched on, where it is told. */
  @Column('jsonb') installation!: InstallationPatch;
  @Column('jsonb', { name: 'ignore_rules' }) ignoreRules!: IgnoreRule[];
  @Column('jsonb', { name: 'drift_policies' }) driftPolicies!: DriftPolicyRule[];
  /** In which way the hashes of all its objects are known to be made. */
  @Column('text') comparison!: string;
  /** Generation of what git-sync is told; its answers to older ones are dropped. */
  @Column('integer') assignment!: number;
  @Column('integer', { name: 'watch_generation' }) watchGeneration!: number;
  @Column('text', { nullable: true }) server!: string | null;
  @Column('jsonb') connection!: ClusterConnection;
  @Column('bigint', { name: 'connection_sequence', transformer: count }) connectionSequence!: number;
  @Column('jsonb') source!: SourceState;
  @Column('bigint', { name: 'source_sequence', transformer: count }) sourceSequence!: number;
  @Column('text', { name: 'sync_state' }) syncState!: SyncState;
  @Column('text', { name: 'sync_reason' }) syncReason!: string;
  @Column('text', { name: 'sync_message' }) syncMessage!: string;
  @Column('timestamptz', { name: 'sync_since' }) syncSince!: Date;
  /** Tree of the directory that desired state stands at; null: the next revision must be whole. */
  @Column('text', { nullable: true }) tree!: string | null;
  @Column('jsonb', { nullable: true }) revision!: AcceptedRevision | null;
  @Column('timestamptz', { name: 'revision_sent_at', nullable: true }) revisionSentAt!: Date | null;
  /** DirectoryMissing or DirectoryEmpty: everything is held until documents are back. */
  @Column('text', { name: 'directory_note', nullable: true }) directoryNote!: string | null;
  @Column('timestamptz', { name: 'wanted_at', nullable: true }) wantedAt!: Date | null;
  /** How often git-sync was asked for a revision. */
  @Column('integer') questions!: number;
  /** SourceChanged: what is no longer in Git waits for a person's word before it is deleted. */
  @Column('text', { name: 'prune_held', nullable: true }) pruneHeld!: 'SourceChanged' | null;
  /** When the present cluster took the place of another one. */
  @Column('timestamptz', { name: 'cluster_since', nullable: true }) clusterSince!: Date | null;
  @Column('bigint', { name: 'desired_version', transformer: count }) desiredVersion!: number;
  @Column('bigint', { name: 'live_version', transformer: count }) liveVersion!: number;
  @Column('integer', { name: 'operation_number' }) operationNumber!: number;
  /** When the next plan is due; null: none is wanted. */
  @Column('timestamptz', { name: 'plan_due_at', nullable: true }) planDueAt!: Date | null;
  /** Failed automatic syncs of this desired state in a row. */
  @Column('integer', { name: 'plan_try' }) planTry!: number;
  /** What made the plan wanted, so that what follows from it is told as its consequence. */
  @Column('jsonb', { name: 'plan_context', nullable: true }) planContext!: StoredContext | null;
  /** Of the last sync, while it is failed. */
  @Column('jsonb', { name: 'sync_retry', nullable: true }) syncRetry!: SyncRetry | null;
  /** Its last turn in the loop of fabric. */
  @Column('timestamptz', { name: 'worked_at', nullable: true }) workedAt!: Date | null;
  /** Hash of what k8s-sync was last told to watch. */
  @Column('text', { nullable: true }) watched!: string | null;
  @Column('jsonb', { name: 'last_check', nullable: true }) lastCheck!: { at: string; result: 'ok' | 'attention'; message: string } | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
}
