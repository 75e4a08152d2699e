import { z } from 'zod';
import { waitSchema } from './wait.ts';

/** The levels that a change passes, in their order. */
const explainedLevels = ['git', 'valid', 'planned', 'applied', 'switches'] as const;
export type ExplainedLevel = (typeof explainedLevels)[number];

export const levelExplanationSchema = z.object({
  level: z.enum(explainedLevels),
  /**
   * `reached`; `waiting`: goes on by itself; `blocked`: somebody has to act; `unknown`: can't be known now, which is never
   * healthy; `not_reached`: a level before it is not reached; `not_applicable`: can't be asked of this kind, or is not asked.
   */
  state: z.enum(['reached', 'waiting', 'blocked', 'unknown', 'not_reached', 'not_applicable']),
  /** CamelCase. */
  reason: z.string(),
  message: z.string(),
  since: z.iso.datetime().nullable(),
  /** What a person can do, or has to; null: nothing. */
  remedy: z.string().nullable(),
  /** What it waits for, where it is known. */
  wait: waitSchema.nullable(),
});
export type LevelExplanation = z.infer<typeof levelExplanationSchema>;

/** A switch or gateway that an object waits for, or that says nothing. */
export const explainedAgentSchema = z.object({
  name: z.string(),
  /** `missing`: the cluster has no Agent of it; `silent`: no fresh heartbeat; `untold`: Hedgehog has not passed the change on; `behind`: told, not applied; `failed`: tried for minutes. */
  state: z.enum(['missing', 'silent', 'untold', 'behind', 'failed']),
  message: z.string(),
  generation: z.number().nullable(),
  appliedGeneration: z.number().nullable(),
  heartbeatAt: z.iso.datetime().nullable(),
});
export type ExplainedAgent = z.infer<typeof explainedAgentSchema>;

/** Why an object, or a fabric as a whole, is not on the switches as Git has it; or that it is. */
export const explanationSchema = z.object({
  fabricId: z.uuid(),
  fabric: z.string(),
  /** Null: of the whole fabric. */
  kind: z.string().nullable(),
  name: z.string().nullable(),
  at: z.iso.datetime(),
  /** Every level is reached, or can't be asked of this kind. */
  converged: z.boolean(),
  /** The cause, in one sentence. */
  summary: z.string(),
  /** The first level that is not reached; null: all are. */
  blocker: levelExplanationSchema.nullable(),
  levels: z.array(levelExplanationSchema),
  agents: z.array(explainedAgentSchema),
  /** What does not stand in the way, and is worth knowing. */
  notes: z.array(z.string()),
  /** The operation that has to do with it: the one in progress or that waits, else the last one. */
  operation: z.object({ id: z.uuid(), number: z.number(), state: z.string(), deadline: z.iso.datetime() }).nullable(),
  /** Of a fabric: the first objects that are not there yet, each with its reason. */
  objects: z.array(z.object({ kind: z.string(), name: z.string(), state: z.string(), reason: z.string(), message: z.string() })),
});
export type Explanation = z.infer<typeof explanationSchema>;
