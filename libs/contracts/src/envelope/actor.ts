import { z } from 'zod';

/** Who caused something: a person or token, Heddle itself, a commit's author, or somebody who wrote to the cluster. */
export const actorSchema = z.object({
  type: z.enum(['user', 'token', 'system', 'git', 'cluster']),
  /** Stable id: token id, service name, e-mail of the author, field manager. */
  id: z.string().min(1),
  /** For people to read. */
  name: z.string().optional(),
  /** Of a token: the tokens by which it was made, the nearest first, as each was shown its secret; absent: the configuration gives it. */
  madeBy: z.array(z.object({ id: z.string(), name: z.string() })).optional(),
});
export type Actor = z.infer<typeof actorSchema>;

/** The actor of work that nobody asked for: polling, self-heal, schedules. */
export function systemActor(service: string): Actor {
  return { type: 'system', id: service };
}

/** Name of the token that the configuration gives: whoever runs Heddle has it, so that it stands for no person in particular. */
export const ADMINISTRATOR = 'administrator';
