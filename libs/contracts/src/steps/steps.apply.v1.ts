import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { kindAddressSchema } from '../kubernetes-object.ts';

/** One write to an API server, complete: k8s-sync walks steps without knowing kinds. */
export const stepSchema = z.object({
  /** Unique within the operation; (operation, step, attempt) is the natural key of its effect. */
  stepId: z.string().min(1),
  attempt: z.number().int().positive(),
  /**
   * `create`: server-side apply with resourceVersion "0" (create only). `apply`: server-side apply.
   * `delete`: with preconditions. `take_ownership`: moves fields of the named managers to heddle by a patch of
   * managedFields. `fence`: annotation heddle/fence that moves the resourceVersion.
   */
  action: z.enum(['create', 'apply', 'delete', 'take_ownership', 'fence']),
  target: kindAddressSchema.extend({ namespace: z.string(), name: z.string() }),
  /** Body of create and apply. */
  body: z.record(z.string(), z.unknown()).optional(),
  /** As the plan saw the object; a difference is a 409 and comes back as stalled StaleResourceVersion. */
  preconditions: z.object({ uid: z.string().optional(), resourceVersion: z.string().optional() }).default({}),
  /** Managers whose fields are taken over. */
  fromManagers: z.array(z.string()).optional(),
  /** Overrules other managers; only planned reverts and adoptions. */
  force: z.boolean().default(false),
  /** Steps of this operation that must be done before it. */
  dependsOn: z.array(z.string()).default([]),
});
export type Step = z.infer<typeof stepSchema>;

/** fabric hands k8s-sync a part of an operation's graph: up to 100 steps, at most 256 KB; the job is whole when all chunks are there. */
export const stepsApplyV1 = defineMessage({
  type: 'steps.apply', version: 1, role: 'command', from: 'fabric', to: ['k8s-sync'],
  schema: z.object({
    fabricId: z.uuid(), operationId: z.uuid(),
    /** Rises with each operation of a fabric: n+1 starts when every step of n has an outcome. */
    operationNumber: z.number().int().positive(),
    jobId: z.uuid(),
    chunk: z.number().int().positive(), chunks: z.number().int().positive(),
    /** Server-side dry run: nothing is stored. */
    dryRun: z.boolean().default(false),
    deadline: z.iso.datetime(),
    /** Steps of this fabric that run at once; default 16. */
    concurrency: z.number().int().min(1).max(64).default(16),
    steps: z.array(stepSchema).max(100),
  }),
});
