import { z } from 'zod';
import { defineRequest } from '../define-request.ts';
import { findingSchema, findingSourceSchema } from '../finding.ts';
import { pageOf, pageQuerySchema, referenceSchema } from '../page.ts';
import { explanationSchema } from '../rest/explanation.ts';
import { driftFilterSchema, driftStateSchema, driftViewSchema, judgeDriftsSchema, judgedDriftsSchema, revertDriftSchema, snoozeDriftSchema, verdictEntrySchema } from '../rest/drift.ts';
import { fabricPatchSchema, fabricSpecSchema, fabricViewSchema } from '../rest/fabric.ts';
import { objectDiffSchema } from '../rest/object-diff.ts';
import { operationSummarySchema, operationViewSchema, startSyncSchema } from '../rest/operation.ts';
import { approvalStateSchema, approvalViewSchema, approveSchema, rejectSchema } from '../rest/approval.ts';
import { makePlanSchema, planTextFormatSchema, planViewSchema } from '../rest/plan.ts';
import { resourceDetailSchema, resourceStateSchema, resourceViewSchema } from '../rest/resource.ts';

const fabric = z.object({ fabric: referenceSchema });
const planSummarySchema = planViewSchema.omit({ steps: true, withheld: true, findings: true, held: true, gates: true, blastRadius: true, dryRun: true });

/** What fabric answers. `fabric` is an id or a name. */
export const fabricCreate = defineRequest({
  method: 'fabric.create', service: 'fabric',
  /** The gateway has resolved the repository's name and made the id; the same id and body twice is one fabric. */
  request: fabricSpecSchema.omit({ cluster: true }).extend({ id: z.uuid(), repositoryId: z.uuid() }),
  response: fabricViewSchema,
});
export const fabricList = defineRequest({ method: 'fabric.list', service: 'fabric', request: pageQuerySchema, response: pageOf(fabricViewSchema) });
export const fabricGet = defineRequest({ method: 'fabric.get', service: 'fabric', request: fabric, response: fabricViewSchema });
export const fabricUpdate = defineRequest({ method: 'fabric.update', service: 'fabric', request: fabric.extend({ patch: fabricPatchSchema, repositoryId: z.uuid().optional() }), response: fabricViewSchema });
/** Forgets a fabric; refused unless it is planned or decommissioned. Touches nothing in the cluster. */
export const fabricDelete = defineRequest({ method: 'fabric.delete', service: 'fabric', request: fabric, response: z.object({ id: z.uuid() }) });
export const resourceList = defineRequest({
  method: 'resource.list', service: 'fabric',
  request: pageQuerySchema.extend({
    fabric: referenceSchema, kind: z.string().optional(), state: resourceStateSchema.optional(),
    /** Part of the name, any case. */
    text: z.string().max(253).optional(),
    /** Only those that Git and the cluster changed differently. */
    conflict: z.boolean().optional(),
  }),
  response: pageOf(resourceViewSchema),
});
export const resourceGet = defineRequest({ method: 'resource.get', service: 'fabric', request: fabric.extend({ kind: z.string(), name: z.string() }), response: resourceDetailSchema });
export const findingList = defineRequest({ method: 'finding.list', service: 'fabric', request: pageQuerySchema.extend({ fabric: referenceSchema, severity: z.enum(['error', 'warning']).optional(), source: findingSourceSchema.optional() }), response: pageOf(findingSchema) });
export const planMake = defineRequest({ method: 'plan.make', service: 'fabric', request: fabric.extend(makePlanSchema.shape), response: planViewSchema, deadlineMs: 15_000 });
export const planGet = defineRequest({ method: 'plan.get', service: 'fabric', request: z.object({ planId: z.uuid() }), response: planViewSchema });
export const planList = defineRequest({ method: 'plan.list', service: 'fabric', request: pageQuerySchema.extend({ fabric: referenceSchema }), response: pageOf(planSummarySchema) });
/** A plan for people to read: as text or Markdown. */
export const planRender = defineRequest({ method: 'plan.render', service: 'fabric', request: z.object({ planId: z.uuid(), format: planTextFormatSchema }), response: z.object({ text: z.string() }) });
export const approvalList = defineRequest({
  method: 'approval.list', service: 'fabric',
  request: pageQuerySchema.extend({ fabric: referenceSchema.optional(), state: approvalStateSchema.optional() }), response: pageOf(approvalViewSchema),
});
/** A second person lets the deletes of a plan go; where a sync asked for them, it starts at once. */
export const planApprove = defineRequest({ method: 'plan.approve', service: 'fabric', request: z.object({ planId: z.uuid() }).extend(approveSchema.shape), response: approvalViewSchema, deadlineMs: 15_000 });
export const planReject = defineRequest({ method: 'plan.reject', service: 'fabric', request: z.object({ planId: z.uuid() }).extend(rejectSchema.shape), response: approvalViewSchema });
export const operationStart = defineRequest({ method: 'operation.start', service: 'fabric', request: fabric.extend(startSyncSchema.shape), response: operationViewSchema, deadlineMs: 15_000 });
export const operationGet = defineRequest({ method: 'operation.get', service: 'fabric', request: z.object({ operationId: z.uuid() }), response: operationViewSchema });
export const operationList = defineRequest({ method: 'operation.list', service: 'fabric', request: pageQuerySchema.extend({ fabric: referenceSchema.optional() }), response: pageOf(operationSummarySchema) });
/** Takes back what has not been sent yet. */
export const operationCancel = defineRequest({ method: 'operation.cancel', service: 'fabric', request: z.object({ operationId: z.uuid() }), response: operationViewSchema });
export const driftList = defineRequest({
  method: 'drift.list', service: 'fabric',
  request: pageQuerySchema.extend({ fabric: referenceSchema.optional(), state: driftStateSchema.optional(), ...driftFilterSchema.shape }),
  response: pageOf(driftViewSchema),
});
/** Starts an operation that puts the desired fields back, by force where another manager holds them. */
export const driftRevert = defineRequest({ method: 'drift.revert', service: 'fabric', request: revertDriftSchema.extend({ driftId: z.uuid() }), response: operationViewSchema });
export const driftGet = defineRequest({ method: 'drift.get', service: 'fabric', request: z.object({ driftId: z.uuid() }), response: driftViewSchema });
/** Lets a drift be until a time, or until its fields change. */
export const driftSnooze = defineRequest({ method: 'drift.snooze', service: 'fabric', request: snoozeDriftSchema.extend({ driftId: z.uuid() }), response: driftViewSchema });
/** Refused until there is write-back. */
export const driftAdopt = defineRequest({ method: 'drift.adopt', service: 'fabric', request: z.object({ driftId: z.uuid() }), response: driftViewSchema });
/** One verdict on up to a thousand drifts, each with a result of its own. */
export const driftJudge = defineRequest({ method: 'drift.judge', service: 'fabric', request: judgeDriftsSchema, response: judgedDriftsSchema, deadlineMs: 15_000 });
/** Who decided what about drifts, when and why; the newest first. */
export const verdictList = defineRequest({
  method: 'verdict.list', service: 'fabric',
  request: pageQuerySchema.extend({ fabric: referenceSchema.optional(), driftId: z.uuid().optional(), kind: z.string().optional(), name: z.string().optional() }),
  response: pageOf(verdictEntrySchema),
});
/** What differs between Git and the API server, object by object. */
export const diffList = defineRequest({ method: 'diff.list', service: 'fabric', request: pageQuerySchema.extend({ fabric: referenceSchema, kind: z.string().optional(), name: z.string().optional() }), response: pageOf(objectDiffSchema) });
/** Why an object is not on the switches as Git has it; without kind and name: the fabric as a whole. */
export const explain = defineRequest({ method: 'fabric.explain', service: 'fabric', request: fabric.extend({ kind: z.string().optional(), name: z.string().optional() }), response: explanationSchema });
