import { z } from 'zod';

/** What something that is not done waits for: each operation and step in progress has one, or runs. */
export const waitSchema = z.object({
  /** CamelCase, for programs: OperationBefore, Dependency, Maintenance, ClusterUnreachable, TooManyRequests, NotOnSwitches... */
  reason: z.string(),
  /** What is waited for, for people. */
  for: z.string(),
  since: z.iso.datetime(),
  /** When it is tried again, ends by itself or is given up; null: it lasts until somebody acts. */
  until: z.iso.datetime().nullable(),
  /** The try that is waited for, from 1. */
  try: z.number().int().positive(),
  /** Who has to move: a service, a switch, an operation, a person; null: time alone. */
  owner: z.string().nullable(),
  /** What a person can do about it; null: nothing is needed. */
  remedy: z.string().nullable(),
});
export type Wait = z.infer<typeof waitSchema>;
