import { z } from 'zod';
import { conditionSchema } from '../condition.ts';
import { nameSchema } from '../page.ts';
import { patchOf } from '../patch-of.ts';
import { releaseSchema } from '../release.ts';
import { clusterConnectionSchema, clusterSpecSchema } from './cluster.ts';
import { driftPolicyRuleSchema } from './drift-policy.ts';
import { ignoreRuleSchema } from './ignore-rule.ts';
import { installationPatchSchema, installationSchema } from './installation.ts';
import { planPolicyPatchSchema, planPolicySchema } from './plan-policy.ts';

export const fabricStateSchema = z.enum(['planned', 'active', 'maintenance', 'decommissioned']);
export type FabricState = z.infer<typeof fabricStateSchema>;
export const syncStateSchema = z.enum(['never_synced', 'syncing', 'in_sync', 'out_of_sync', 'error']);
export type SyncState = z.infer<typeof syncStateSchema>;

export const fabricSourceSchema = z.object({
  /** Name or id of the repository. */
  repository: z.string().min(1),
  branch: z.string().min(1).max(255).default('main'),
  /** Directory within the repository; empty is its root. */
  directory: z.string().max(1_000).default(''),
});

/** What Heddle may do by itself; all off but automatic sync until switched on. */
export const fabricPolicySchema = z.object({
  /** Apply each new revision without being asked. */
  automaticSync: z.boolean().default(false),
  /** Delete what Heddle applied and Git no longer has. */
  prune: z.boolean().default(false),
  /** Put back what somebody changed in the cluster: short for the drift policy `always_revert` of all kinds without one. */
  selfHeal: z.boolean().default(false),
  /** For so many seconds a finding about what lives does not count; default 600. */
  complianceGraceSeconds: z.number().int().min(0).max(604_800).optional(),
  /** Delete budget, dry run and pause of plans; what is absent has its default. */
  ...planPolicyPatchSchema.shape,
  /** Fields that don't count as a difference; the list replaces the one before. */
  ignore: z.array(ignoreRuleSchema).max(200).optional(),
  /** What is done about drifts, by kind; the list replaces the one before. */
  drift: z.array(driftPolicyRuleSchema).max(50).optional(),
});
export type FabricPolicy = z.infer<typeof fabricPolicySchema>;

export const fabricSpecSchema = z.object({
  name: nameSchema,
  source: fabricSourceSchema,
  policy: fabricPolicySchema.default({ automaticSync: false, prune: false, selfHeal: false }),
  /** What of Hedgehog the fabric runs; the newest unless given. */
  release: releaseSchema.optional(),
  /** What its installer switched on; what is absent has its default. */
  installation: installationPatchSchema.optional(),
  /** Stored by k8s-sync, encrypted; never returned. */
  cluster: clusterSpecSchema.optional(),
});
export type FabricSpec = z.infer<typeof fabricSpecSchema>;

export const fabricPatchSchema = z.object({
  source: patchOf(fabricSourceSchema).optional(),
  policy: patchOf(fabricPolicySchema).optional(),
  state: fabricStateSchema.optional(),
  release: releaseSchema.optional(),
  installation: installationPatchSchema.optional(),
});

export const fabricViewSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  state: fabricStateSchema,
  source: z.object({ repositoryId: z.uuid(), repository: z.string(), branch: z.string(), directory: z.string() }),
  policy: z.object({
    automaticSync: z.boolean(), prune: z.boolean(), selfHeal: z.boolean(), complianceGraceSeconds: z.number().optional(), ignore: z.array(ignoreRuleSchema).optional(), drift: z.array(driftPolicyRuleSchema).optional(),
    ...planPolicySchema.partial().shape,
  }),
  release: releaseSchema.optional(),
  installation: installationSchema.optional(),
  connection: clusterConnectionSchema,
  sync: z.object({
    state: syncStateSchema, reason: z.string(), message: z.string(), since: z.iso.datetime(),
    /** After a failure: when it is tried again by itself (null: not), the number of that try, and what a person can do. */
    nextTryAt: z.iso.datetime().nullable().optional(), try: z.number().int().positive().optional(), remedy: z.string().nullable().optional(),
  }),
  revision: z.object({
    commit: z.string(), tree: z.string().nullable(), subject: z.string(), author: z.string(),
    committedAt: z.iso.datetime(), observedAt: z.iso.datetime(),
  }).nullable(),
  counts: z.object({
    resources: z.number(), converged: z.number(), pending: z.number(), drifted: z.number(), failed: z.number(),
    foreign: z.number(), findings: z.number(), held: z.number(), switches: z.number(), switchesReady: z.number(),
    /** Of the resources, those of kinds that no Agent carries a copy of: whether switches have them can't be known. */
    unknown: z.number().optional(),
    /** What switches and gateways tell of; `findings` are about what Git asks for. */
    agentFindings: z.number().optional(),
    /** What is wrong with what lives in the cluster, past its grace. */
    liveFindings: z.number().optional(),
  }),
  operation: z.object({ id: z.uuid(), state: z.string() }).nullable(),
  /** The last look over the fabric, every five minutes: when, and what came of it. */
  lastCheck: z.object({ at: z.iso.datetime(), result: z.enum(['ok', 'attention']), message: z.string() }).nullable().optional(),
  /** SourceReady, ClusterReachable, WatchesLive, Valid, Synced, Converged, AgentsHealthy, Compliant; ReleaseAsSet once the cluster's kinds were looked at. */
  conditions: z.array(conditionSchema),
  createdAt: z.iso.datetime(),
});
export type FabricView = z.infer<typeof fabricViewSchema>;
